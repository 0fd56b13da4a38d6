import type { ComponentChildren } from 'preact'
import { useEffect, useId, useRef, useState } from 'preact/hooks'
import { Icon } from './icon.tsx'
import { Problem } from './notes.tsx'
import { useSubmit } from './use-submit.ts'

/** A window over the page. It takes the focus, keeps it, and returns it; Escape and a click beside it close it. */
export function Dialog({
  title,
  isDrawer = false,
  onClose,
  children,
}: {
  title: ComponentChildren
  /** Whether it fills the side of the page instead of its middle. It then has a button that closes it. */
  isDrawer?: boolean
  onClose: () => void
  children: ComponentChildren
}) {
  const element = useRef<HTMLDialogElement>(null)
  // A dialog may open another one, so each names itself.
  const titleId = useId()
  useEffect(() => {
    const opener = document.activeElement as HTMLElement | null
    element.current?.showModal()
    return () => opener?.focus()
  }, [])
  return (
    <dialog
      ref={element}
      class={isDrawer ? 'drawer' : undefined}
      aria-labelledby={titleId}
      onCancel={(event) => {
        event.preventDefault()
        onClose()
      }}
      onClick={(event) => event.target === element.current && onClose()}
    >
      <div class="dialog">
        <header class="dialog-head">
          <h2 id={titleId}>{title}</h2>
          {isDrawer && (
            <button type="button" class="button" data-kind="quiet" onClick={onClose}>
              <Icon name="close" /> Close
            </button>
          )}
        </header>
        {children}
      </div>
    </dialog>
  )
}

/** How many tasks an action may touch before the person must type the name of what it touches. */
const MANY_TASKS = 10_000

/** What an action is about, and what the person must do before it happens. */
export interface ActionRequest {
  /** What the action does, as a question: `Interrupt nightly?` */
  title: string
  /** The words of the button: `Interrupt`. */
  verb: string
  /** What it does and to how much. */
  explanation: ComponentChildren
  /** Further fields. */
  fields?: ComponentChildren
  /** How many tasks it touches. */
  touches: number
  /** The name of what it touches, which the person types if the action is final or touches many tasks. */
  name: string
  /** Whether it cannot be reversed. */
  isFinal?: boolean
  /** Whether the button warns. */
  isDangerous?: boolean
  /** Does it. The reason goes to the audit log. */
  run: (reason: string | undefined) => PromiseLike<unknown>
}

/** Asks before an action, runs it, and shows why it was refused. */
export function ActionDialog({ request, onClose }: { request: ActionRequest; onClose: () => void }) {
  const { title, verb, explanation, fields, touches, name, isFinal = false, isDangerous = false } = request
  const mustType = isFinal || touches > MANY_TASKS
  const [typed, setTyped] = useState('')
  const [reason, setReason] = useState('')
  const { error, isRunning, onSubmit } = useSubmit(async () => {
    await request.run(reason.trim() === '' ? undefined : reason.trim())
    onClose()
  })

  return (
    <Dialog title={title} onClose={onClose}>
      <form class="stack" onSubmit={onSubmit}>
        <div>{explanation}</div>
        {fields}
        <div class="field">
          <label for="action-reason">Reason</label>
          <input
            id="action-reason"
            class="input"
            maxLength={200}
            pattern="[ -~]*"
            title="Letters, digits and signs of ASCII"
            value={reason}
            onInput={({ currentTarget }) => setReason(currentTarget.value)}
          />
          <span class="hint">Optional. The audit log keeps it.</span>
        </div>
        {mustType && (
          <div class="field">
            <label for="action-name">
              Type <code class="mono">{name}</code> to confirm
            </label>
            <input
              id="action-name"
              class="input"
              autocomplete="off"
              spellcheck={false}
              value={typed}
              onInput={({ currentTarget }) => setTyped(currentTarget.value)}
            />
          </div>
        )}
        {error !== undefined && <Problem error={error} />}
        <footer>
          <button type="button" class="button" onClick={onClose}>
            Keep as it is
          </button>
          <button
            class="button"
            data-kind={isDangerous || isFinal ? 'danger' : 'primary'}
            disabled={isRunning || (mustType && typed !== name)}
          >
            {verb}
          </button>
        </footer>
      </form>
    </Dialog>
  )
}
