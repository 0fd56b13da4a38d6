import type { Limit, Queue } from '@sluice/client'
import { useObject } from '../../data/fleet.ts'
import { may, sluice } from '../../data/session.ts'
import { useQuery } from '../../data/use-query.ts'
import { allowedPerSecond } from '../../format/limits.ts'

const EVERY_MS = 15_000

/** The limit that bounds the batches of a queue. */
export interface LimitOfQueue {
  /** The calls per second that it allows now. Undefined: there is none, it counts no calls, or the person may not see it. */
  allowedPerSecond: number | undefined
  /** Since when it has allowed this much, in ms. Null: not known. */
  since: number | null
}

/** Finds the limit of a queue. Its past is not stored: the audit log tells since when it is as it is. */
export function useLimitOf(queue: Queue | undefined): LimitOfQueue {
  const name = queue?.limit ?? null
  const limit = useObject(
    'limits',
    name,
    (id, signal) => sluice.limits.get(id, { signal, maxRetries: 0 }),
    may('limits:read'),
  )
  const { data: changedAt } = useQuery(
    `changes of ${queue?.name} ${name}`,
    (signal) => lastChange([`limits/${name}`, `queues/${queue?.name}`], signal),
    { everyMs: EVERY_MS, isOff: limit === undefined || !may('audit:read') },
  )
  return limit === undefined
    ? { allowedPerSecond: undefined, since: null }
    : { allowedPerSecond: allowedPerSecond(limit), since: sinceOf(limit, changedAt) }
}

/** What an adaptive limit allows changes with each refusal. */
function sinceOf({ adaptive }: Limit, changedAt: number | undefined): number | null {
  return adaptive ? null : (changedAt ?? null)
}

/** A queue may have come under the limit lately, so its changes count, too. Zero: the log has none. */
async function lastChange(objects: readonly string[], signal: AbortSignal): Promise<number> {
  const options = { signal, maxRetries: 0 }
  const pages = await Promise.all(
    objects.map((object) => sluice.audit.list({ object, result: 'done', pageSize: 1 }, options)),
  )
  return Math.max(0, ...pages.flatMap(({ rows }) => rows.map(({ at }) => Date.parse(at))))
}
