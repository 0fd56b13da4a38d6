import type { Engine } from '../engine.ts'
import type { BatchState } from '../model/batch.ts'
import { holdBatchScript, type HoldPurpose } from '../scripts/hold-batch.ts'
import { showDescription } from './index-batch.ts'

/** How long the reconciler leaves a hold alone, in ms. */
const HOLD_MAX_MS = 60_000

/** The answer to an announcement. */
export type Hold =
  /** The batch is held and indexed. `hasQueue`: false if its queue does not exist. */
  | { kind: 'held'; hold: string; hasQueue: boolean; queue: string }
  | { kind: 'missing' }
  | { kind: 'wrong_state'; state: BatchState }

/**
 * Announces that a finished batch is about to be retried or deleted, and has it indexed: the reconciler then visits it,
 * and if it is to be retried, its queue cannot be deleted. End the hold by `indexBatch` unless the announced step ended
 * it. If this process dies, the reconciler ends the hold after a minute; the announced step is refused from then on.
 */
export async function holdBatch(engine: Engine, batchId: string, purpose: HoldPurpose): Promise<Hold> {
  const reply = await holdBatchScript.run(engine.redis, engine.keys.batch(batchId), { purpose })
  if (reply.kind !== 'held') return reply
  const { hasQueue } = await showDescription(engine, batchId, reply.description)
  return { kind: 'held', hold: reply.hold, hasQueue, queue: reply.description.queue }
}

/** Returns whether the process that announced something must have died. `now`: ms of Redis's clock. */
export function isLeftBehind(hold: string, now: number): boolean {
  return now - Number(hold.slice(hold.indexOf('@') + 1)) > HOLD_MAX_MS
}
