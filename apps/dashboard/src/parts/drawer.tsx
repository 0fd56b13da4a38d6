import type { ComponentChildren } from 'preact'
import { CopyText } from './copy.tsx'
import { Dialog } from './dialog.tsx'
import { type Fact, Facts } from './facts.tsx'

/** All about one object, at the side of the page. */
export function Drawer({
  title,
  state,
  id,
  facts,
  actions,
  children,
  onClose,
}: {
  title: string
  /** What stands above the facts. */
  state?: ComponentChildren
  id?: string
  facts: readonly Fact[]
  /** What can be done with the object. */
  actions?: ComponentChildren
  /** What stands below the facts. */
  children?: ComponentChildren
  onClose: () => void
}) {
  return (
    <Dialog title={<bdi>{title}</bdi>} isDrawer onClose={onClose}>
      {state && <div class="row">{state}</div>}
      <Facts facts={[['Id', id && <CopyText text={id} label="Copy the id" />], ...facts]} />
      {children}
      {actions && <div class="row">{actions}</div>}
    </Dialog>
  )
}
