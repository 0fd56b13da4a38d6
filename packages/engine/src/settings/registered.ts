/** Settings in the registry. */
export interface Registered<Settings> {
  /** Rises with each change of any queue or limit. */
  version: number
  settings: Settings
}

/** When a change of settings is made. */
export interface ChangeCondition {
  /** The version that the settings must have. Another one throws `SettingsChangedError`. Default: any. */
  ifVersion?: number | undefined
}

/** Parses `<version> <JSON>`, as `lua/lib/registry.lua` writes it. */
export function parseRegistered<Settings>(text: string): Registered<Settings> {
  const space = text.indexOf(' ')
  return { version: Number(text.slice(0, space)), settings: JSON.parse(text.slice(space + 1)) as Settings }
}
