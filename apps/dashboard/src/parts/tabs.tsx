/** A tab: a page of its own under the same head. */
export interface Tab {
  title: string
  href: string
  isCurrent: boolean
  /** A number beside its title. */
  tally?: number | undefined
}

/** Links between pages under the same head. */
export function Tabs({ label, tabs }: { label: string; tabs: readonly Tab[] }) {
  return (
    <nav class="tabs" aria-label={label}>
      {tabs.map(({ title, href, isCurrent, tally }) => (
        <a key={title} href={href} aria-current={isCurrent ? 'page' : undefined}>
          {title}
          {tally !== undefined && tally > 0 && <span class="tally">{tally}</span>}
        </a>
      ))}
    </nav>
  )
}
