import type { Setting } from './setting.ts'

/** What a limit allows. */
export const RULES: Setting = {
  path: 'rules',
  label: 'Rules',
  hint: 'All hold at once, in any window of their length. requests counts calls; any other unit counts the weights of tasks.',
  input: { kind: 'rules' },
}
