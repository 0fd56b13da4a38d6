import { defineScript } from './define-script.ts'
import type { Turn } from './take-turns.ts'

/** Says that the tasks start that a turn has reserved. */
export const markStartedScript = defineScript('mark-started', {
  keys: ['meta', 'leases'],
  args: ['ticket', 'run', 'turn'],
  encode: ({ ticket, run, turn }: Pick<Turn, 'ticket' | 'run' | 'turn'>) => ({ args: { ticket, run, turn } }),
  replies: { started: () => ({}), outdated: () => ({}) },
})
