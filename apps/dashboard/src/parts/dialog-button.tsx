import type { Permission } from '@sluice/client'
import type { ComponentChildren } from 'preact'
import { useState } from 'preact/hooks'
import { may } from '../data/session.ts'
import { ActionDialog, type ActionRequest } from './dialog.tsx'

interface DialogButtonProps {
  title: string
  isPrimary?: boolean
  /** What opens. It gets the function that closes it. */
  dialog: (close: () => void) => ComponentChildren
}

/** A button that opens a dialog. */
export function DialogButton({ title, isPrimary = false, dialog }: DialogButtonProps) {
  const [isOpen, setOpen] = useState(false)
  return (
    <>
      <button type="button" class="button" data-kind={isPrimary ? 'primary' : undefined} onClick={() => setOpen(true)}>
        {title}
      </button>
      {isOpen && dialog(() => setOpen(false))}
    </>
  )
}

/** A button that asks before an action. The request is made when it is pressed, and stays as it is while it asks. */
export function ActionButton({ title, request }: { title: string; request: () => ActionRequest }) {
  const [asked, setAsked] = useState<ActionRequest>()
  return (
    <>
      <button type="button" class="button" onClick={() => setAsked(request())}>
        {title}
      </button>
      {asked && <ActionDialog request={asked} onClose={() => setAsked(undefined)} />}
    </>
  )
}

/** The button of a list page that creates what the list has. People without the permission do not see it. */
export function NewButton({ permission, ...button }: DialogButtonProps & { permission: Permission }) {
  return may(permission) ? <DialogButton isPrimary {...button} /> : null
}
