import type { RedisNode, System, Worker } from '@sluice/client'
import { bytes, percent } from './numbers.ts'
import { duration } from './durations.ts'

/** Something about the installation that should be otherwise. */
export interface Advice {
  title: string
  /** What to do about it. */
  text: string
}

const MOST_MEMORY = 0.8
const MOST_CLOCK_MS = 1000
/** Four passes of the reconciler, which makes one every 15 s. */
const OLDEST_MAINTENANCE_MS = 60_000

/** What an operator should look at in Redis, the reconciler and the API process. Empty: nothing. */
export function adviceOnSystem(system: System): Advice[] {
  return [
    ...system.redis.nodes.flatMap((node) => [...adviceOnPolicy(node), ...adviceOnMemory(node)]),
    ...adviceOnMaintenance(system),
    ...adviceOnProcess(system),
  ]
}

/** The same, and what an operator should look at in the workers. */
export function adviceOf(system: System, workers: readonly Worker[]): Advice[] {
  return [...adviceOnSystem(system), ...adviceOnWorkers(system, workers)]
}

function adviceOnPolicy({ evictionPolicy }: RedisNode): Advice[] {
  if (evictionPolicy === 'noeviction') return []
  return [
    {
      title: `Redis may throw tasks away: its maxmemory-policy is ${evictionPolicy}`,
      text: 'Set maxmemory-policy to noeviction. Redis then refuses new batches when its memory is full, and loses none.',
    },
  ]
}

function adviceOnMemory({ usedBytes, maxBytes }: RedisNode): Advice[] {
  if (maxBytes === null || usedBytes < maxBytes * MOST_MEMORY) return []
  const used = `${bytes(usedBytes)} of ${bytes(maxBytes)}`
  return [
    {
      title: `The memory of Redis is ${percent((usedBytes / maxBytes) * 100)} full: ${used}`,
      text: 'Raise maxmemory, delete finished batches, or keep them for a shorter time. A full Redis refuses new batches.',
    },
  ]
}

function adviceOnWorkers(system: System, workers: readonly Worker[]): Advice[] {
  if (system.workers === 0) return [{ title: 'No worker is alive', text: 'Batches wait until you start one.' }]
  const others = new Set(workers.map(({ version }) => version).filter((version) => version !== system.process.version))
  if (others.size === 0) return []
  return [
    {
      title: `Workers run ${[...others].toSorted().join(', ')}, and this API runs ${system.process.version}`,
      text: 'Upgrade all processes to one version.',
    },
  ]
}

function adviceOnMaintenance({ maintenanceAgeMs, workers }: System): Advice[] {
  if (workers === 0 || (maintenanceAgeMs !== null && maintenanceAgeMs < OLDEST_MAINTENANCE_MS)) return []
  const since = maintenanceAgeMs === null ? 'for a day or longer' : `for ${duration(maintenanceAgeMs)}`
  return [
    {
      title: `The reconciler has not run ${since}`,
      text: 'A worker runs it every 15s. Look for errors in the logs of the workers.',
    },
  ]
}

function adviceOnProcess({ process: { clockAheadMs, gate } }: System): Advice[] {
  const advice: Advice[] = []
  if (Math.abs(clockAheadMs) > MOST_CLOCK_MS) {
    advice.push({
      title: `The clocks of the API and of Redis differ by ${duration(Math.abs(clockAheadMs))}`,
      text: 'Keep the clocks of all machines in step with NTP.',
    })
  }
  if (gate.state === 'shedding') {
    advice.push({
      title: `The API refuses requests because it is too busy, for ${duration(gate.sheddingForMs)} now`,
      text: 'Add API processes, or let clients send fewer requests.',
    })
  }
  return advice
}
