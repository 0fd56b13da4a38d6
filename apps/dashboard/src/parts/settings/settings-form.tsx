import { useId, useState } from 'preact/hooks'
import { Problem } from '../notes.tsx'
import { say } from '../toasts.tsx'
import { useSubmit } from '../use-submit.ts'
import type { Difference } from './draft.ts'
import { showField } from './field-input.ts'
import { SettingField } from './setting-field.tsx'
import type { Setting, SettingGroup } from './setting.ts'
import { type SettingsSource, useSettingsDraft } from './use-settings-draft.ts'

/**
 * The settings of an object, to be changed. What somebody else changes meanwhile is never overwritten unseen: the form
 * names it, and the person decides.
 */
export function SettingsForm<View extends object>({
  groups,
  ...source
}: Omit<SettingsSource<View>, 'settings'> & { groups: readonly SettingGroup[] }) {
  const settings = groups.flatMap((group) => group.settings)
  const form = useSettingsDraft({ ...source, settings })
  const [reason, setReason] = useState('')
  const { error, isRunning, onSubmit } = useSubmit(async () => {
    if (!(await form.save(reason.trim() === '' ? undefined : reason.trim()))) return
    setReason('')
    say('Saved.')
  })

  return (
    <form class="stack" onSubmit={onSubmit}>
      {groups.map((group) => (
        <Group key={group.title} group={group} draft={form.draft} set={form.set} />
      ))}
      {form.meanwhile.length > 0 && (
        <Meanwhile differences={form.meanwhile} changes={form.changes} onKeep={form.keep} onDrop={form.drop} />
      )}
      {error !== undefined && <Problem error={error} />}
      {form.changes.length > 0 && (
        <SaveBar
          reason={reason}
          setReason={setReason}
          isDisabled={isRunning || form.meanwhile.length > 0}
          onDrop={form.drop}
        />
      )}
    </form>
  )
}

function Group({
  group: { title, hint, settings },
  draft,
  set,
}: {
  group: SettingGroup
  draft: Readonly<Record<string, string>>
  set: (path: string, text: string) => void
}) {
  return (
    <fieldset class="setting-group">
      <legend>{title}</legend>
      {hint !== undefined && <p class="small soft">{hint}</p>}
      <div class="form-grid">
        {settings.map((setting) =>
          setting.isReadOnly ? (
            <ReadOnly key={setting.path} setting={setting} text={draft[setting.path] ?? ''} />
          ) : (
            <SettingField
              key={setting.path}
              setting={setting}
              value={draft[setting.path] ?? ''}
              onInput={(text) => set(setting.path, text)}
            />
          ),
        )}
      </div>
    </fieldset>
  )
}

function ReadOnly({ setting: { label, hint, input, emptyText }, text }: { setting: Setting; text: string }) {
  return (
    <div class="field">
      <span class="label">{label}</span>
      <span class="lines">{text === '' ? emptyText : showField(input, text)}</span>
      <span class="hint">{hint}</span>
    </div>
  )
}

function SaveBar({
  reason,
  setReason,
  isDisabled,
  onDrop,
}: {
  reason: string
  setReason: (text: string) => void
  isDisabled: boolean
  onDrop: () => void
}) {
  const id = useId()
  return (
    <div class="save-bar">
      <label for={id} class="sr-only">
        Reason
      </label>
      <input
        id={id}
        class="input"
        maxLength={200}
        pattern="[ -~]*"
        title="Letters without accents, digits and punctuation"
        placeholder="Reason, for the audit log (optional)"
        value={reason}
        onInput={({ currentTarget }) => setReason(currentTarget.value)}
      />
      <button type="button" class="button" onClick={onDrop}>
        Drop changes
      </button>
      <button class="button" data-kind="primary" disabled={isDisabled}>
        Save changes
      </button>
    </div>
  )
}

function Meanwhile({
  differences,
  changes,
  onKeep,
  onDrop,
}: {
  differences: readonly Difference[]
  changes: readonly Difference[]
  onKeep: () => void
  onDrop: () => void
}) {
  const mine = new Map(changes.map(({ setting, after }) => [setting.path, after]))
  return (
    <div class="problem" data-tone="interrupted" role="alert">
      <strong>These settings have changed since you began</strong>
      <ul>
        {differences.map(({ setting, before, after }) => (
          <li key={setting.path}>
            {setting.label}: {textOf(setting, before)} → {textOf(setting, after)}
            {mine.has(setting.path) && `. You have typed ${textOf(setting, mine.get(setting.path) ?? '')}.`}
          </li>
        ))}
      </ul>
      <div class="row">
        <button type="button" class="button" onClick={onKeep}>
          Keep my changes
        </button>
        <button type="button" class="button" onClick={onDrop}>
          Drop my changes
        </button>
      </div>
    </div>
  )
}

function textOf({ input, emptyText = 'none' }: Setting, text: string): string {
  return text === '' ? emptyText : showField(input, text)
}
