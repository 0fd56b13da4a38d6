import type { Handlers } from '@sluice/worker-kit'
import { stamp, waitAsTold } from './timed-work.ts'

/** The handlers of the measured worker processes. */
export default { timed: async (payload) => await waitAsTold(payload), stamp: async () => stamp() } satisfies Handlers
