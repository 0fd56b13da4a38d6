import type { Engine } from '../engine.ts'
import { SluiceError } from '../errors.ts'
import { addRepairs, type Repairs } from './repairs.ts'

/** Receives a batch that a pass skipped, because the batch changed or was deleted while the pass visited it. */
export type OnSkipped = (batchId: string, error: SluiceError) => void

export interface Visit {
  /** Repairs one batch. */
  visit: (batchId: string) => Promise<Repairs>
  onSkipped: OnSkipped
}

/** Entries read from an index at once. */
const PAGE_SIZE = 500

/** Visits every batch of an index, which may change meanwhile. A batch may be visited twice. */
export async function visitAll({ redis }: Engine, index: string, options: Visit): Promise<Repairs> {
  let repairs: Repairs = {}
  let cursor = '0'
  do {
    const [next, entries] = await redis.zscan(index, cursor, 'COUNT', PAGE_SIZE)
    for (let i = 0; i < entries.length; i += 2) repairs = addRepairs(repairs, await visitOne(entries[i] ?? '', options))
    cursor = next
  } while (cursor !== '0')
  return repairs
}

/** Visits every batch that an index lists up to a score. A visit removes its batch from the index. */
export async function visitUntil(
  { redis }: Engine,
  index: string,
  { until, ...options }: Visit & { until: number },
): Promise<Repairs> {
  let repairs: Repairs = {}
  let skipped = 0
  for (;;) {
    const ids = await redis.zrangebyscore(index, '-inf', until, 'LIMIT', skipped, PAGE_SIZE)
    for (const id of ids) {
      const made = await visitOne(id, options)
      // A skipped batch is still listed: the next page begins behind it.
      if (made) repairs = addRepairs(repairs, made)
      else skipped += 1
    }
    if (ids.length < PAGE_SIZE) return repairs
  }
}

/** Returns undefined for a batch that is skipped. Any other error, such as a lost connection, ends the pass. */
async function visitOne(batchId: string, { visit, onSkipped }: Visit): Promise<Repairs | undefined> {
  try {
    return await visit(batchId)
  } catch (error) {
    if (!(error instanceof SluiceError)) throw error
    onSkipped(batchId, error)
    return undefined
  }
}
