import type { ComponentChildren } from 'preact'
import { isOpen } from '../routing/open-pages.ts'

/** A link to another page, or its words alone for those who do not see that page. */
export function PageLink({ href, children }: { href: string | undefined; children: ComponentChildren }) {
  return href !== undefined && isOpen(href) ? <a href={href}>{children}</a> : <>{children}</>
}
