import type { BatchState } from './model/batch.ts'
import type { Engine } from './engine.ts'
import type { Limit } from './model/limit.ts'
import { listLimits } from './limit/read-limit.ts'
import { listQueueNames } from './settings/queue-settings.ts'
import { infoField, mastersOf } from './redis-nodes.ts'
import { countBatches } from './batch/count-batches.ts'
import { readTicketCounts, type TicketCounts } from './queue/read-queue.ts'
import { readTally, type CountedTally } from './task-tallies.ts'

/** The result of a health check. */
export interface Health {
  ok: boolean
  problem?: string
}

const ANSWER_WITHIN_MS = 2000

/** Checks whether Redis accepts a write within two seconds. */
export async function checkHealth(engine: Engine): Promise<Health> {
  const late = new Promise<Health>((resolve) => {
    setTimeout(resolve, ANSWER_WITHIN_MS, {
      ok: false,
      problem: `Redis did not answer within ${ANSWER_WITHIN_MS} ms`,
    }).unref()
  })
  return await Promise.race([writeToRedis(engine), late])
}

async function writeToRedis({ redis, keys }: Engine): Promise<Health> {
  try {
    await redis.set(keys.health, Date.now(), 'PX', 60_000)
    return { ok: true }
  } catch (error) {
    return { ok: false, problem: error instanceof Error ? error.message : String(error) }
  }
}

/** Returns a warning, with what to do, for each Redis master whose `maxmemory-policy` may evict keys. */
export async function checkRedisSettings({ redis }: Engine): Promise<string[]> {
  const infos = await Promise.all((await mastersOf(redis)).map((node) => node.info('memory')))
  const policies = infos.map((info) => infoField(info, 'maxmemory_policy') ?? 'unknown')
  return policies
    .filter((policy) => policy !== 'noeviction')
    .map(
      (policy) =>
        `Redis has maxmemory-policy ${policy} and may evict tasks when its memory is full. Set it to noeviction: in its ` +
        'configuration file, and until its next start with CONFIG SET maxmemory-policy noeviction.',
    )
}

/** The values of the engine's gauges. */
export interface EngineCounts {
  /** The unfinished tasks of active batches, as the last pass of the reconciler counted them. Undefined: there was none. */
  tasks: CountedTally | undefined
  limits: Limit[]
  batches: Record<BatchState, number>
  queues: ({ name: string } & TicketCounts)[]
}

/** Counts batches by state and tickets by queue, and reads the use of each limit and the last tally of tasks. */
export async function engineCounts(engine: Engine): Promise<EngineCounts> {
  return {
    tasks: await readTally(engine),
    limits: await readAllLimits(engine),
    batches: await countBatches(engine),
    queues: await countAllTickets(engine),
  }
}

/** Queues or limits that are read at once. */
const READ_AT_ONCE = 100

async function readAllLimits(engine: Engine): Promise<Limit[]> {
  const limits: Limit[] = []
  for (let cursor: string | null | undefined; cursor !== null;) {
    const page = await listLimits(engine, { pageSize: READ_AT_ONCE, cursor })
    limits.push(...page.limits)
    cursor = page.nextCursor
  }
  return limits
}

async function countAllTickets(engine: Engine): Promise<EngineCounts['queues']> {
  const queues: EngineCounts['queues'] = []
  const names = await listQueueNames(engine)
  for (let first = 0; first < names.length; first += READ_AT_ONCE) {
    const some = names.slice(first, first + READ_AT_ONCE)
    queues.push(...(await Promise.all(some.map(async (name) => ({ name, ...(await readTicketCounts(engine, name)) })))))
  }
  return queues
}
