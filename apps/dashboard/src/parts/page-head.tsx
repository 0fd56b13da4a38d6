import type { ComponentChildren } from 'preact'
import { useEffect } from 'preact/hooks'

/** Names the page in the tab of the browser. */
export function useTitle(title: string): void {
  useEffect(() => {
    document.title = `${title} · Sluice`
  }, [title])
}

/** The head of a page: its title, what goes with it, and its actions. */
export function PageHead({
  title,
  badge,
  actions,
  children,
}: {
  title: ComponentChildren
  badge?: ComponentChildren
  actions?: ComponentChildren
  children?: ComponentChildren
}) {
  return (
    <div class="page-head">
      <div class="page-title">
        <h1>{title}</h1>
        {badge}
        {actions !== undefined && <div class="row actions">{actions}</div>}
      </div>
      {children}
    </div>
  )
}
