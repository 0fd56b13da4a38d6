import { createHash } from 'node:crypto'
import type { Engine } from '../engine.ts'
import { IdempotencyInProgressError, IdempotencyKeyReusedError } from '../errors.ts'
import { swapClaimScript } from '../scripts/swap-claim.ts'
import type { Waiting } from '../model/waiting.ts'
import type { Batch, Idempotency } from '../model/batch.ts'
import { issueTickets } from '../ticket/issue-tickets.ts'
import { findBatch } from './read-batch.ts'

/** How long an idempotency key is kept: one day. */
const KEPT_MS = 24 * 3600 * 1000

interface Entry {
  /** Undefined while the tasks of the submission arrive. */
  fingerprint?: string | undefined
  batchId: string
  /** The response to the first submission, as JSON. Undefined if its process died before it stored the response. */
  answer?: Batch
}

/** A claim on an idempotency key. */
export interface IdempotencyClaim {
  /** The response to the first submission with this key. Undefined if this submission is the first. */
  answer: Batch | undefined
  /** Stores the fingerprint, now that all tasks have arrived. Nothing if it was known before. */
  complete(): Promise<void>
  keep(answer: Batch): Promise<void>
  release(): Promise<void>
}

/**
 * Claims a key of a tenant for the draft of a batch, or finds the batch that an earlier submission created. A key is free again
 * once the reconciler has discarded the draft of a process that died. Throws `IdempotencyKeyReusedError` and
 * `IdempotencyInProgressError`.
 */
export async function claimIdempotency(
  engine: Engine,
  batchId: string,
  idempotency: Idempotency & { tenant: string },
): Promise<IdempotencyClaim> {
  const { key, tenant, fingerprint } = idempotency
  // Names of tenants contain no slash.
  const redisKey = engine.keys.idempotency(createHash('sha256').update(`${tenant}/${key}`).digest('hex'))
  const entry: Entry = { fingerprint: typeof fingerprint === 'string' ? fingerprint : undefined, batchId }
  let mine = JSON.stringify(entry)
  const swap = (expected: string, next: string) =>
    swapClaimScript.run(engine.redis, { claim: redisKey }, { expected, next, keptMs: KEPT_MS })

  for (let seen = ''; ;) {
    const reply = await swap(seen, mine)
    if (reply.kind === 'swapped') {
      return {
        answer: undefined,
        complete: async () => {
          if (entry.fingerprint !== undefined) return
          entry.fingerprint = await fingerprintOf(idempotency)
          const claimed = mine
          mine = JSON.stringify(entry)
          await swap(claimed, mine)
        },
        keep: async (answer) => void (await swap(mine, JSON.stringify({ ...entry, answer } satisfies Entry))),
        release: async () => void (await swap(mine, '')),
      }
    }
    const answer = reply.text && (await findAnswer(engine, idempotency, reply.text))
    if (answer) return { answer, complete: async () => {}, keep: async () => {}, release: async () => {} }
    // The submission that holds the key created no batch. Replace its claim, unless another submission does so first.
    seen = reply.text
  }
}

/** Returns the response to the submission that holds a key, or undefined if it created no batch. */
async function findAnswer(engine: Engine, idempotency: Idempotency, text: string): Promise<Batch | undefined> {
  const { key } = idempotency
  const entry = JSON.parse(text) as Entry
  // The draft is checked before the batch, so that a draft published in between is found as a batch. It is checked before
  // the fingerprint, which may take a whole upload to compute.
  if (!entry.answer && (await isDraft(engine, entry.batchId))) throw new IdempotencyInProgressError(key)
  const batch = entry.answer ? reviveTimes(entry.answer) : await findBatch(engine, entry.batchId)
  if (!batch) return undefined
  // The fingerprint was stored, and the batch published, since the entry was read.
  if (entry.fingerprint === undefined) throw new IdempotencyInProgressError(key)
  if (entry.fingerprint !== (await fingerprintOf(idempotency))) throw new IdempotencyKeyReusedError(key)
  // The process that created the batch may have died before it issued the tickets.
  if (!entry.answer) await issueTickets(engine, batch.id)
  return batch
}

async function fingerprintOf({ fingerprint }: Idempotency): Promise<string> {
  return typeof fingerprint === 'string' ? fingerprint : await fingerprint()
}

async function isDraft({ redis, keys }: Engine, batchId: string): Promise<boolean> {
  return (await redis.zscore(keys.drafts, batchId)) !== null
}

/** A batch as JSON: its times have become text. Texts of the same form in its metadata stay what they are. */
function reviveTimes(batch: Batch): Batch {
  const { createdAt, startAt, startedAt, finishedAt, pausedUntil, nextDueAt, lastInterruption, waitingFor } = batch
  return {
    ...batch,
    createdAt: new Date(createdAt),
    startAt: revive(startAt),
    startedAt: revive(startedAt),
    finishedAt: revive(finishedAt),
    pausedUntil: revive(pausedUntil),
    nextDueAt: revive(nextDueAt),
    waitingFor: waitingFor.map(reviveWaiting),
    lastInterruption: lastInterruption && { ...lastInterruption, at: new Date(lastInterruption.at) },
  }
}

function reviveWaiting(waiting: Waiting): Waiting {
  if (waiting.kind === 'start_at') return { ...waiting, until: new Date(waiting.until) }
  return 'until' in waiting ? { ...waiting, until: revive(waiting.until) } : waiting
}

function revive(time: Date | null): Date | null {
  return time && new Date(time)
}
