import type { ComponentChildren } from 'preact'

/** A titled area of a page. */
export function Card({
  title,
  actions,
  isFlush = false,
  children,
}: {
  title?: ComponentChildren
  /** Controls at the end of its head. */
  actions?: ComponentChildren
  /** Whether the content reaches the edges, as tables do. */
  isFlush?: boolean
  children: ComponentChildren
}) {
  return (
    <section class="card">
      {(title !== undefined || actions !== undefined) && (
        <header>
          <h2>{title}</h2>
          {actions !== undefined && <div class="row">{actions}</div>}
        </header>
      )}
      {isFlush ? children : <div class="card-body">{children}</div>}
    </section>
  )
}
