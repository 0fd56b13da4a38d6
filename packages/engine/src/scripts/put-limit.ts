import { encodeRules, type LimitSettings } from '../model/limit.ts'
import { defineScript } from './define-script.ts'

export interface PutLimitRequest extends LimitSettings {
  /** Of the limit. */
  name: string
  /** Of the settings. */
  version: number
  signals: string
}

/** Hands the settings of a limit to its ledger, unless the ledger has later ones. */
export const putLimitScript = defineScript('put-limit', {
  keys: ['settings', 'ledger'],
  args: ['version', 'rules', 'burst_factor', 'adaptive', 'max_pause_us', 'signals', 'name'],
  encode: ({ name, version, signals, rules, burstFactor, adaptive, maxPauseMs }: PutLimitRequest) => ({
    args: {
      version,
      rules: encodeRules(rules),
      burst_factor: burstFactor,
      adaptive: adaptive ? '1' : '0',
      max_pause_us: maxPauseMs * 1000,
      signals,
      name,
    },
  }),
  replies: { put: () => ({}), outdated: () => ({}) },
})
