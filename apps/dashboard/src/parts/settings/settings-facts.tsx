import { readDraft } from './draft.ts'
import { showField } from './field-input.ts'
import type { SettingGroup } from './setting.ts'

/** The settings of an object, for people who may not change them. */
export function SettingsFacts({ groups, view }: { groups: readonly SettingGroup[]; view: object }) {
  return (
    <div class="stack">
      {groups.map(({ title, settings }) => {
        const draft = readDraft(settings, view)
        return (
          <section key={title} class="setting-group">
            <h3>{title}</h3>
            <dl class="facts">
              {settings.map(({ path, label, input, emptyText = 'none' }) => (
                <div key={path} class="fact">
                  <dt>{label}</dt>
                  <dd class="lines">{draft[path] ? showField(input, draft[path]) : emptyText}</dd>
                </div>
              ))}
            </dl>
          </section>
        )
      })}
    </div>
  )
}
