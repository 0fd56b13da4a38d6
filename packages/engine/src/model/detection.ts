/** `pending` until a worker begins, then `running`; the others are final. */
export const DETECTION_STATES = ['pending', 'running', 'completed', 'failed', 'cancelled'] as const
export type DetectionState = (typeof DETECTION_STATES)[number]

/** How long a detection is kept, from its last move on. */
export const DETECTION_KEPT_MS = 24 * 3600 * 1000

/** The call that is made again and again. */
export interface DetectionCall {
  url: string
  method?: string | undefined
  headers?: Record<string, string> | undefined
  body?: unknown
  /** Time one call may take, in ms. Default: the queue's. */
  timeoutMs?: number | undefined
}

/** What a detection may cost; what is left out takes its default. */
export interface DetectionBudgets {
  requests?: number | undefined
  rejections?: number | undefined
  seconds?: number | undefined
  maxConcurrency?: number | undefined
}

export interface DetectionRequest {
  call: DetectionCall
  /** The queue whose http settings go with the call: its headers, its time-out, and the hosts that may be sent secrets. */
  queue: string
  budgets: DetectionBudgets
}

/** Why a detection failed: a word for programs and a sentence for people. */
export interface DetectionFault {
  reason: string
  message: string
}

/** A detection as it is at one moment. Of its call the values of headers and the body are not shown. */
export interface Detection {
  id: string
  state: DetectionState
  queue: string
  method: string | null
  url: string
  headerNames: string[]
  budgets: DetectionBudgets
  createdAt: Date
  startedAt: Date | null
  finishedAt: Date | null
  /** As its worker reports it. */
  progress: Record<string, unknown> | null
  /** What it found out, when it is completed. */
  result: Record<string, unknown> | null
  /** When it has failed. */
  error: DetectionFault | null
}
