import type { Engine } from '../engine.ts'
import { SluiceError } from '../errors.ts'
import { addRepairs, type Repairs } from './repairs.ts'

/** Receives a batch that a pass skipped because the batch changed or was deleted during its visit. */
export type OnSkipped = (batchId: string, error: SluiceError) => void

/** How a pass visits batches. */
export interface Visit {
  /** Repairs one batch and returns counts of the repairs. */
  visit: (batchId: string) => Promise<Repairs>
  onSkipped: OnSkipped
}

/** Entries read from an index in one command. */
const PAGE_SIZE = 500

/** Visits every batch of an index. The index may change meanwhile, so a batch may be visited twice. */
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

/** Visits every batch that an index lists up to a score. Each visit must remove its batch from the index. */
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
      // A skipped batch stays listed, so the next page starts after it.
      if (made) repairs = addRepairs(repairs, made)
      else skipped += 1
    }
    if (ids.length < PAGE_SIZE) return repairs
  }
}

/** Visits a batch. Returns undefined if it is skipped. An error other than a `SluiceError` ends the pass. */
async function visitOne(batchId: string, { visit, onSkipped }: Visit): Promise<Repairs | undefined> {
  try {
    return await visit(batchId)
  } catch (error) {
    if (!(error instanceof SluiceError)) throw error
    onSkipped(batchId, error)
    return undefined
  }
}
