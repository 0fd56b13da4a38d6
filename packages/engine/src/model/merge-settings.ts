/** A change of settings: a setting that is left out stays, and null resets it to its default. */
export type Change<Values> = { [Name in keyof Values]?: Values[Name] | null | undefined }

/** Applies a change to settings. Null removes a setting that has no default. */
export function mergeSettings<Values extends object>(
  values: Values,
  change: Change<Values>,
  defaults: Partial<Values>,
): Values {
  const merged = { ...values } as Record<string, unknown>
  for (const [name, value] of Object.entries(change)) {
    if (value !== undefined) merged[name] = value === null ? (defaults as Record<string, unknown>)[name] : value
  }
  // A setting that is undefined disappears once the settings are stored as JSON, and must do so before.
  return Object.fromEntries(Object.entries(merged).filter(([, value]) => value !== undefined)) as Values
}
