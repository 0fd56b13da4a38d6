import { createHash } from 'node:crypto'
import type { Engine } from '../engine.ts'
import { IdempotencyInProgressError, IdempotencyKeyReusedError } from '../errors.ts'
import { swapClaimScript } from '../scripts/swap-claim.ts'
import type { Batch, Idempotency } from '../model/batch.ts'
import { issueTickets } from '../ticket/issue-tickets.ts'
import { findBatch } from './read-batch.ts'

/** How long an idempotency key is kept: one day. */
const KEPT_MS = 24 * 3600 * 1000

interface Entry {
  fingerprint: string
  batchId: string
  /** The response to the first submission, as JSON. Undefined if its process died before it stored the response. */
  answer?: Batch
}

/** A claim on an idempotency key. */
export interface IdempotencyClaim {
  /** The response to the first submission with this key. Undefined if this submission is the first. */
  answer: Batch | undefined
  keep(answer: Batch): Promise<void>
  release(): Promise<void>
}

/**
 * Claims a key for the draft of a batch, or finds the batch that an earlier submission created. A key is free again
 * once the reconciler has discarded the draft of a process that died. Throws `IdempotencyKeyReusedError` and
 * `IdempotencyInProgressError`.
 */
export async function claimIdempotency(
  engine: Engine,
  batchId: string,
  { key, fingerprint }: Idempotency,
): Promise<IdempotencyClaim> {
  const redisKey = engine.keys.idempotency(createHash('sha256').update(key).digest('hex'))
  const mine = JSON.stringify({ fingerprint, batchId } satisfies Entry)
  const swap = (expected: string, next: string) =>
    swapClaimScript.run(engine.redis, { claim: redisKey }, { expected, next, keptMs: KEPT_MS })

  for (let seen = ''; ;) {
    const reply = await swap(seen, mine)
    if (reply.kind === 'swapped') {
      return {
        answer: undefined,
        keep: async (answer) =>
          void (await swap(mine, JSON.stringify({ fingerprint, batchId, answer } satisfies Entry))),
        release: async () => void (await swap(mine, '')),
      }
    }
    const answer = reply.text && (await findAnswer(engine, key, fingerprint, reply.text))
    if (answer) return { answer, keep: async () => {}, release: async () => {} }
    // The submission that holds the key created no batch. Replace its claim, unless another submission does so first.
    seen = reply.text
  }
}

/** Returns the response to the submission that holds a key, or undefined if it created no batch. */
async function findAnswer(engine: Engine, key: string, fingerprint: string, text: string): Promise<Batch | undefined> {
  const entry = JSON.parse(text) as Entry
  if (entry.fingerprint !== fingerprint) throw new IdempotencyKeyReusedError(key)
  if (entry.answer) return reviveTimes(entry.answer)
  // The draft is checked before the batch, so that a draft published in between is found as a batch.
  if (await isDraft(engine, entry.batchId)) throw new IdempotencyInProgressError(key)
  const batch = await findBatch(engine, entry.batchId)
  // The process that created the batch may have died before it issued the tickets.
  if (batch) await issueTickets(engine, batch.id)
  return batch
}

async function isDraft({ redis, keys }: Engine, batchId: string): Promise<boolean> {
  return (await redis.zscore(keys.drafts, batchId)) !== null
}

/** A batch as JSON: its times have become text. Texts of the same form in its metadata stay what they are. */
function reviveTimes(batch: Batch): Batch {
  const { createdAt, startedAt, finishedAt, pausedUntil, nextDueAt, lastInterruption, waitingFor } = batch
  return {
    ...batch,
    createdAt: new Date(createdAt),
    startedAt: revive(startedAt),
    finishedAt: revive(finishedAt),
    pausedUntil: revive(pausedUntil),
    nextDueAt: revive(nextDueAt),
    waitingFor: waitingFor.map((each) => ('until' in each ? { ...each, until: revive(each.until) } : each)),
    lastInterruption: lastInterruption && { ...lastInterruption, at: new Date(lastInterruption.at) },
  }
}

function revive(time: Date | null): Date | null {
  return time && new Date(time)
}
