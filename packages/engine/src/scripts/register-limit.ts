import type { LimitSettings } from '../model/limit.ts'
import { defineScript } from './define-script.ts'

/** New settings of a limit. */
export interface RegisterLimitRequest {
  name: string
  settings: LimitSettings
  /** Maximum number of limits. */
  maxLimits: number
  /** The version that the settings must have now. Undefined: any. */
  ifVersion: number | undefined
}

/** Creates a limit or replaces its settings. */
export const registerLimitScript = defineScript('register-limit', {
  keys: ['limits', 'version', 'deleted'],
  args: ['name', 'json', 'max_limits', 'if_version'],
  encode: ({ name, settings, maxLimits, ifVersion }: RegisterLimitRequest) => ({
    args: { name, json: JSON.stringify(settings), max_limits: maxLimits, if_version: ifVersion ?? '' },
  }),
  replies: {
    created: ([version]) => ({ version: Number(version) }),
    replaced: ([version]) => ({ version: Number(version) }),
    full: ([count]) => ({ count: Number(count) }),
    changed: ([version]) => ({ version: Number(version) }),
  },
})
