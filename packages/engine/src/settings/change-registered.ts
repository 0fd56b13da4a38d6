import { SettingsChangedError } from '../errors.ts'
import type { ChangeCondition, Registered } from './registered.ts'

/** How to change the settings of something that is registered by name. */
export interface RegisteredChange<Settings, Stored> {
  /** Reads the settings and their version. Throws if the name is not registered. */
  read: () => Promise<Registered<Settings>>
  /** Makes the new settings. */
  change: (settings: Settings) => Settings
  /** Stores settings, or throws `SettingsChangedError` if the version is not that of the condition. */
  store: (settings: Settings, condition: ChangeCondition) => Promise<Stored>
}

/**
 * Changes settings without a loss: they are stored only if they still are what the change was made from. If somebody else
 * has changed them meanwhile, the change is made again from those, unless the caller named a version.
 */
export async function changeRegistered<Settings, Stored>(
  { read, change, store }: RegisteredChange<Settings, Stored>,
  condition: ChangeCondition,
): Promise<{ before: Settings; settings: Settings; stored: Stored }> {
  for (;;) {
    const { version, settings: before } = await read()
    const settings = change(before)
    try {
      return { before, settings, stored: await store(settings, { ifVersion: condition.ifVersion ?? version }) }
    } catch (error) {
      if (!(error instanceof SettingsChangedError) || condition.ifVersion !== undefined) throw error
    }
  }
}
