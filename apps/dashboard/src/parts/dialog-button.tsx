import type { Permission } from '@sluice/client'
import type { ComponentChildren } from 'preact'
import { useState } from 'preact/hooks'
import { may } from '../data/session.ts'

/**
 * The button of a list page that creates what the list has. People without the permission do not see it.
 *
 * @param dialog asks for what the new object needs. It gets the function that closes it.
 */
export function NewButton({
  title,
  permission,
  dialog,
}: {
  title: string
  permission: Permission
  dialog: (close: () => void) => ComponentChildren
}) {
  const [isOpen, setOpen] = useState(false)
  if (!may(permission)) return null
  return (
    <>
      <button type="button" class="button" data-kind="primary" onClick={() => setOpen(true)}>
        {title}
      </button>
      {isOpen && dialog(() => setOpen(false))}
    </>
  )
}
