import type { ComponentChildren } from 'preact'
import { useState } from 'preact/hooks'
import { Dialog } from './dialog.tsx'
import { Problem } from './notes.tsx'
import { bodyOf, type Draft } from './settings/draft.ts'
import { SettingField } from './settings/setting-field.tsx'
import type { Setting } from './settings/setting.ts'
import { useSubmit } from './use-submit.ts'

/** Asks for the values of fields, does something with them, and shows why that was refused. */
export function FormDialog({
  title,
  verb,
  settings,
  initial = {},
  children,
  onClose,
  run,
}: {
  title: string
  /** The words of the button: `Create`. */
  verb: string
  settings: readonly Setting[]
  /** The texts of the fields at first. */
  initial?: Draft
  /** What stands above the fields. */
  children?: ComponentChildren
  onClose: () => void
  /** Does it. The dialog stays open if it throws. */
  run: (body: Record<string, unknown>) => Promise<unknown>
}) {
  const [draft, setDraft] = useState(initial)
  const { error, isRunning, onSubmit } = useSubmit(async () => {
    await run(bodyOf(settings, draft))
    onClose()
  })

  return (
    <Dialog title={title} onClose={onClose}>
      <form class="stack" onSubmit={onSubmit}>
        {children}
        {settings.map((setting) => (
          <SettingField
            key={setting.path}
            setting={setting}
            value={draft[setting.path] ?? ''}
            onInput={(text) => setDraft((old) => ({ ...old, [setting.path]: text }))}
          />
        ))}
        {error !== undefined && <Problem error={error} />}
        <footer>
          <button type="button" class="button" onClick={onClose}>
            Cancel
          </button>
          <button class="button" data-kind="primary" disabled={isRunning}>
            {verb}
          </button>
        </footer>
      </form>
    </Dialog>
  )
}
