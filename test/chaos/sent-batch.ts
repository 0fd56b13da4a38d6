import type {
  BatchView,
  InterruptionView,
  ReportView,
  TaskResultView,
  TaskView,
} from '../../packages/contracts/src/index.ts'
import type { Trip } from './trips.ts'

/** A promise that the API has made, and that Redis has not kept. */
export interface Loss {
  batch: string
  what: string
  promisedAt: number
}

/** What a client knows of a batch it sent. */
export interface SentBatch {
  name: string
  id: string
  size: number
  /** When the API last promised something about it. */
  promisedAt: number
  isCancelled: boolean
  isRetried: boolean
  /** Whether a client has asked for its deletion, and whether the API has confirmed it. */
  deletion: 'none' | 'asked' | 'confirmed'
  /** Interruptions that a client asked for: how many requests succeeded, and how many were sent. */
  interrupts: { confirmed: number; sent: number }
  /** The criterion that it must have met once. */
  trip?: Trip
  /** Whether no fault may cost its tasks an attempt. */
  isExact: boolean
  /** Whether its tasks may wait for permits: a call whose mark did not reach Redis may be made again at no cost. */
  mayBeLimited: boolean
  /** What its event stream said in the end, if a client watched it. */
  watched?: Promise<BatchView | undefined>
}

/** What the API says of a batch in the end. */
export interface BatchRecord {
  view: BatchView
  tasks: TaskView[]
  report: ReportView
  results: TaskResultView[]
  interruptions: InterruptionView[]
}
