import { Card } from '../card.tsx'
import type { SettingGroup } from './setting.ts'
import { SettingsFacts } from './settings-facts.tsx'
import { SettingsForm } from './settings-form.tsx'
import type { SettingsSource } from './use-settings-draft.ts'

/** The settings of an object: to be changed, or to be read by those who may not change them. */
export function SettingsCard<View extends object>({
  title,
  mayChange,
  groups,
  ...source
}: Omit<SettingsSource<View>, 'settings'> & {
  title?: string
  mayChange: boolean
  groups: readonly SettingGroup[]
}) {
  return (
    <Card title={title}>
      {mayChange ? (
        <SettingsForm groups={groups} {...source} />
      ) : (
        <SettingsFacts groups={groups} view={source.stored.view} />
      )}
    </Card>
  )
}
