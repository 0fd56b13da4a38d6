import { RULES } from '../../parts/settings/rules-setting.ts'
import type { Setting, SettingGroup } from '../../parts/settings/setting.ts'

/** Whether a limit learns. */
export const ADAPTIVE: Setting = {
  path: 'adaptive',
  label: 'Learn what the upstream accepts',
  hint: 'The rules are then upper bounds: the limit starts low, and grows until calls are refused.',
  input: { kind: 'check' },
}

const BURST_FACTOR: Setting = {
  path: 'burstFactor',
  label: 'Burst factor',
  hint: 'How much faster than evenly spaced calls may start. 1 spaces them evenly, 1000 switches spacing off.',
  input: { kind: 'number', min: 1, max: 1000, step: 'any' },
}

const MAX_PAUSE: Setting = {
  path: 'maxPauseMs',
  label: 'Longest pause',
  hint: 'That a response of the upstream causes: 1s to 15m. A lower one also shortens the pause that runs.',
  input: { kind: 'duration' },
}

/** The settings of a limit. */
export const LIMIT_SETTINGS: readonly SettingGroup[] = [
  {
    title: 'What it allows',
    hint: 'New rules hold from the next start, and earlier starts count.',
    settings: [RULES, BURST_FACTOR, MAX_PAUSE, ADAPTIVE],
  },
]
