import type { LimitSettings } from '../model/limit.ts'
import { defineScript } from './define-script.ts'

/** New settings of a limit. */
export interface RegisterLimitRequest {
  name: string
  settings: LimitSettings
  /** Maximum number of limits. */
  maxLimits: number
}

/** Creates a limit or replaces its settings. */
export const registerLimitScript = defineScript('register-limit', {
  keys: ['limits', 'version', 'deleted'],
  args: ['name', 'json', 'max_limits'],
  encode: ({ name, settings, maxLimits }: RegisterLimitRequest) => ({
    args: { name, json: JSON.stringify(settings), max_limits: maxLimits },
  }),
  replies: {
    created: ([version]) => ({ version: Number(version) }),
    replaced: ([version]) => ({ version: Number(version) }),
    full: ([count]) => ({ count: Number(count) }),
  },
})
