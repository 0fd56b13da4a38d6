import { setTimeout as sleep } from 'node:timers/promises'
import { checkLimit } from './check-limit.ts'
import { checkRecord } from './check-record.ts'
import type { BatchRecord, Loss, SentBatch } from './sent-batch.ts'
import type { Stage } from './stage.ts'

/** What the API says of each batch in the end; undefined if the batch is gone. */
export type Records = ReadonlyMap<SentBatch, BatchRecord | undefined>

/** An event stream ends so soon after its batch, with all its reconnections. */
const STREAM_ENDS_WITHIN_MS = 15_000

/** Everything that is wrong with batches that should have ended. */
export async function judge(stage: Stage, records: Records, losses: readonly Loss[]): Promise<string[]> {
  const { isLossless } = stage.redis
  const streams = await Promise.all([...records].map(([batch, record]) => checkStream(batch, record, isLossless)))
  const names = [...records.keys()].map(({ name }) => name)
  return [
    ...[...records].flatMap(([batch, record]) => [
      ...(record ? checkRecord(batch, record, stage.upstream, isLossless) : []),
      ...(isLossless ? checkDeletion(batch, record) : []),
    ]),
    ...streams.flat(),
    ...losses.flatMap(({ batch, what, promisedAt }) =>
      stage.redis.mayHaveLost(promisedAt) ? [] : [`${batch}: lost ${what}`],
    ),
    ...(isLossless ? checkLimit(names, stage.upstream) : []),
  ]
}

/** A batch is gone if a client has deleted it, and only then. */
function checkDeletion({ name, id, deletion }: SentBatch, record: BatchRecord | undefined): string[] {
  if (!record && deletion === 'none') return [`${name} (${id}) is gone, and no client has deleted it`]
  if (record && deletion === 'confirmed') return [`${name} (${id}) is still there after its deletion`]
  return []
}

/** A stream that was followed to its end, however often it broke off, has told the truth. */
async function checkStream(
  { name, id, watched, isCancelled }: SentBatch,
  record: BatchRecord | undefined,
  isLossless: boolean,
): Promise<string[]> {
  if (!watched || !record) return []
  const said = await Promise.race([watched, sleep(STREAM_ENDS_WITHIN_MS)])
  const { state, counts } = record.view
  if (!said) return [`${name} (${id}): its event stream did not end`]
  // A cancelled batch ends before its last attempts are aborted.
  const isTrue = said.state === state && (isCancelled || JSON.stringify(said.counts) === JSON.stringify(counts))
  if (isTrue || !isLossless) return []
  return [`${name} (${id}): its event stream ended with ${said.state} ${JSON.stringify(said.counts)}`]
}
