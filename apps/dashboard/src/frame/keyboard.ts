import { signal } from '@preact/signals'
import { isFrozen } from '../data/connection.ts'
import { navigate, path } from '../routing/location.ts'
import { isOpen } from '../routing/open-pages.ts'
import { changeTheme } from './theme.ts'

/** Whether the list of keys is shown. */
export const isHelpOpen = signal(false)

/** Pages that `g` and a letter lead to. */
const GO_TO: Readonly<Record<string, { path: string; title: string }>> = {
  o: { path: '', title: 'Overview' },
  b: { path: 'batches', title: 'Batches' },
  q: { path: 'queues', title: 'Queues' },
  l: { path: 'limits', title: 'Limits' },
  w: { path: 'workers', title: 'Workers' },
}

/** Those of them that the person may see. */
export function pagesToGo(): typeof GO_TO {
  return Object.fromEntries(Object.entries(GO_TO).filter(([, page]) => isOpen(page.path)))
}

/** How long `g` waits for its letter. */
const SEQUENCE_MS = 1500
let goPressedAt = Number.NEGATIVE_INFINITY

const KEYS: Readonly<Record<string, () => void>> = {
  '/': () => document.querySelector<HTMLElement>('[data-search]')?.focus(),
  '?': () => {
    isHelpOpen.value = true
  },
  j: () => moveRow(1),
  k: () => moveRow(-1),
  x: () => rowOf(document.activeElement)?.querySelector<HTMLInputElement>('input[type=checkbox]')?.click(),
  p: () => {
    isFrozen.value = !isFrozen.value
  },
  t: changeTheme,
  Escape: () => navigate(path.value.split('/').slice(0, -1).join('/')),
}

/** Listens to the keys of the page. They rest while somebody types, and while a dialog is open. */
export function onKey(event: KeyboardEvent): void {
  if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return
  if (isTyping(event.target as Element)) return leaveField(event)
  if (document.querySelector('dialog[open]') !== null) return
  const target = event.timeStamp - goPressedAt < SEQUENCE_MS ? pagesToGo()[event.key] : undefined
  goPressedAt = event.key === 'g' ? event.timeStamp : Number.NEGATIVE_INFINITY
  const action = target === undefined ? KEYS[event.key] : () => navigate(target.path)
  if (action === undefined) return
  event.preventDefault()
  action()
}

function isTyping(target: Element): boolean {
  return target.matches('input:not([type=checkbox]), textarea, select')
}

function leaveField({ key, target }: KeyboardEvent): void {
  if (key === 'Escape' && (target as Element).closest('dialog') === null) (target as HTMLElement).blur()
}

function moveRow(by: 1 | -1): void {
  const rows = [...document.querySelectorAll<HTMLElement>('[data-row]')]
  const at = rows.findIndex((row) => rowOf(row) === rowOf(document.activeElement))
  const next = at === -1 ? rows[by === 1 ? 0 : rows.length - 1] : rows[at + by]
  next?.focus()
  next?.scrollIntoView({ block: 'nearest' })
}

function rowOf(element: Element | null): Element | null {
  return element?.closest('tr') ?? null
}
