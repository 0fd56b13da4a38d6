import type { Engine } from '../engine.ts'
import { BulkNotFoundError } from '../errors.ts'
import type { BulkOperation, BulkRequest, BulkSkip, BulkState } from '../model/bulk.ts'
import { EVERYTHING, type Reach } from '../model/reach.ts'

const MAX_LISTED = 100

/** Operations of the index that a list examines. */
const MAX_EXAMINED = 500

/** Reads a bulk operation and its progress. Throws `BulkNotFoundError`. */
export async function readBulk(engine: Engine, id: string): Promise<BulkOperation> {
  const operation = await findBulk(engine, id)
  if (!operation) throw new BulkNotFoundError(id)
  return operation
}

/** Lists the last hundred bulk operations that a client reaches, newest first. */
export async function listBulk(engine: Engine, reach: Reach = EVERYTHING): Promise<BulkOperation[]> {
  const ids = await engine.redis.zrange(engine.keys.bulks, '0', String(MAX_EXAMINED - 1), 'REV')
  const found = await Promise.all(ids.map((id) => findBulk(engine, id)))
  return found
    .filter((operation) => operation !== undefined)
    .filter((operation) => reachesBulk(reach, operation))
    .slice(0, MAX_LISTED)
}

/** Whether a client reaches a bulk operation. A confined client reaches those of clients with the same confinement. */
export function reachesBulk({ tenant, queues }: Reach, { reach }: BulkOperation): boolean {
  if (tenant === null && queues === null) return true
  return tenant === reach.tenant && String(queues) === String(reach.queues)
}

async function findBulk({ redis, keys }: Engine, id: string): Promise<BulkOperation | undefined> {
  const { operation, skips } = keys.bulk(id)
  const [fields, rows] = await Promise.all([redis.hgetall(operation), redis.lrange(skips, 0, -1)])
  if (fields.state === undefined || fields.request === undefined) return undefined
  const number = (field: string) => Number(fields[field] ?? 0)
  return {
    id,
    ...(JSON.parse(fields.request) as BulkRequest),
    state: fields.state as BulkState,
    total: number('total'),
    done: number('done'),
    skipped: number('skipped'),
    tasks: number('tasks'),
    skips: rows.map((row) => JSON.parse(row) as BulkSkip),
    createdAt: new Date(number('created_at')),
    finishedAt: fields.finished_at === undefined ? null : new Date(number('finished_at')),
  }
}
