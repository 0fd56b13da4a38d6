import type { RequestOptions } from '../options.ts'

/** How to change the settings of a queue or a limit. */
export interface ChangeSettingsOptions extends RequestOptions {
  /** The `etag` that the settings must have. Others throw `SLUICE_SETTINGS_CHANGED`. Default: any. */
  ifMatch?: string | undefined
}

/** Returns the header that makes a change depend on the `etag` of the settings. */
export function conditionOf(ifMatch: string | undefined): Record<string, string> {
  return ifMatch === undefined ? {} : { 'if-match': ifMatch }
}
