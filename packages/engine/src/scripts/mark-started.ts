import { defineScript } from './define-script.ts'
import type { Turn } from './take-turns.ts'

/** A turn that has reserved a task, and whether the task starts or waits again. */
export interface StartMark extends Pick<Turn, 'ticket' | 'run' | 'turn'> {
  hasStarted: boolean
}

/** Says which tasks start that turns have reserved, in one call for all tasks of a batch. */
export const markStartedScript = defineScript('mark-started', {
  keys: ['meta', 'leases'],
  args: [],
  rest: 'marks',
  // The task that starts may end the process at once, on a Redis that has just started.
  sendsSource: true,
  encode: (marks: readonly StartMark[]) => ({
    args: {},
    rest: marks.flatMap(({ ticket, run, turn, hasStarted }) => [ticket, run, turn, hasStarted ? 1 : 0]),
  }),
  replies: { marked: ([count]) => ({ count: Number(count) }) },
})
