import type { Offer } from './offer.ts'

/** Where a worker runs, and how. It does not change while the worker lives. */
export interface WorkerProfile {
  /** The name of the machine. */
  host: string
  /** The id of the process on the machine. */
  pid: number
  /** The version of Sluice. */
  version: string
  /** Tickets of each queue that the worker runs at most. */
  concurrency: number
  /** When the worker started, in ms since the epoch, by the clock of its machine. */
  startedAt: number
}

/** What a worker runs. */
export interface WorkerLoad {
  /** Attempts. */
  running: number
  /** Tickets by queue. Queues without any are left out. */
  tickets: Record<string, number>
}

/** A worker that is alive, as its last beat described it. */
export interface WorkerStatus extends Offer, WorkerProfile, WorkerLoad {
  id: string
  /** When it last said that it is alive, in ms, by Redis's clock. */
  lastBeatAt: number
}
