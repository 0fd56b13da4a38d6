import { signal } from '@preact/signals'

/** The first segments of the pages that the person may see. */
export const openPages = signal<ReadonlySet<string>>(new Set())

/** Whether the person may see the page at an address. */
export function isOpen(href: string): boolean {
  return openPages.value.has(href.split(/[/?]/)[0] ?? '')
}
