import { encodeRules, type LimitSettings } from '../model/limit.ts'
import { defineScript } from './define-script.ts'

/** Creates a limit or replaces its settings. */
export const putLimitScript = defineScript('put-limit', {
  keys: ['settings', 'ledger'],
  args: ['json', 'rules', 'burst_factor', 'adaptive'],
  encode: (settings: LimitSettings) => ({
    args: {
      json: JSON.stringify(settings),
      rules: encodeRules(settings.rules),
      burst_factor: settings.burstFactor,
      adaptive: settings.adaptive ? '1' : '0',
    },
  }),
  replies: { created: () => ({}), replaced: () => ({}) },
})
