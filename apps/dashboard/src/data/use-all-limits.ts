import type { Limit } from '@sluice/client'
import { sluice } from './session.ts'
import { useQuery } from './use-query.ts'

/** All limits, for a choice. They are read once a minute. */
export function useAllLimits(): readonly Limit[] {
  const { data = [] } = useQuery('all limits', readAll, { everyMs: 60_000 })
  return data
}

async function readAll(signal: AbortSignal): Promise<Limit[]> {
  const limits: Limit[] = []
  for await (const limit of sluice.limits.list({ pageSize: 200 }, { signal, maxRetries: 0 })) limits.push(limit)
  return limits
}
