import type { Handlers } from '@sluice/worker-kit'
import { stamp, waitAsTold } from './timed-work.ts'

/** Handlers of the worker processes that are measured. */
export default { timed: async (payload) => await waitAsTold(payload), stamp: async () => stamp() } satisfies Handlers
