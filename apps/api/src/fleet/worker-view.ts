import type { WorkerView } from '@sluice/contracts'
import type { WorkerStatus } from '@sluice/engine'

/** A worker as the API answers it. A client that is narrowed to queues does not learn what else runs where. */
export function workerView(worker: WorkerStatus, { isNarrowed }: { isNarrowed: boolean }): WorkerView {
  const { id, host, pid, version, queues, types, concurrency, running, tickets, startedAt, lastBeatAt } = worker
  return {
    id,
    host: isNarrowed ? null : host,
    pid: isNarrowed ? null : pid,
    version,
    queues: queues === 'all' ? null : [...queues],
    types: [...types],
    concurrency,
    running: isNarrowed ? null : running,
    load: Object.keys(tickets)
      .toSorted()
      .map((queue) => ({ queue, tickets: tickets[queue] ?? 0 })),
    startedAt: new Date(startedAt).toISOString(),
    lastBeatAt: new Date(lastBeatAt).toISOString(),
  }
}
