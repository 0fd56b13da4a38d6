import { encodeRules, type LimitSettings } from '../model/limit.ts'
import { defineScript } from './define-script.ts'

export interface PutLimitRequest extends LimitSettings {
  /** Of the limit. */
  name: string
  signals: string
}

/** Creates a limit or replaces its settings. */
export const putLimitScript = defineScript('put-limit', {
  keys: ['settings', 'ledger'],
  args: ['json', 'rules', 'burst_factor', 'adaptive', 'signals', 'name'],
  encode: ({ name, signals, ...settings }: PutLimitRequest) => ({
    args: {
      json: JSON.stringify(settings),
      rules: encodeRules(settings.rules),
      burst_factor: settings.burstFactor,
      adaptive: settings.adaptive ? '1' : '0',
      signals,
      name,
    },
  }),
  replies: { created: () => ({}), replaced: () => ({}) },
})
