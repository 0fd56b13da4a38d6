/** The states of a detection: `pending` until a worker starts it, then `running`. The other states are final. */
export const DETECTION_STATES = ['pending', 'running', 'completed', 'failed', 'cancelled'] as const

/** The state of a detection. */
export type DetectionState = (typeof DETECTION_STATES)[number]

/** How long a detection is kept after its last change, in ms: one day. */
export const DETECTION_KEPT_MS = 24 * 3600 * 1000

/** The call that a detection repeats. */
export interface DetectionCall {
  url: string
  method?: string | undefined
  headers?: Record<string, string> | undefined
  body?: unknown
  /** Maximum duration of one call, in ms. Default: the queue's. */
  timeoutMs?: number | undefined
}

/** Bounds on the cost of a detection. Omitted fields take their default. */
export interface DetectionBudgets {
  requests?: number | undefined
  rejections?: number | undefined
  seconds?: number | undefined
  maxConcurrency?: number | undefined
}

/** A request to detect an upstream's limits. */
export interface DetectionRequest {
  /** The tenant that it belongs to. Default `default`. */
  tenant?: string | undefined
  call: DetectionCall
  /** The queue whose `http` settings apply to the call: headers, timeout, and the hosts that may receive secrets. */
  queue: string
  budgets: DetectionBudgets
}

/** Why a detection failed: a word for programs and a sentence for people. */
export interface DetectionFault {
  reason: string
  message: string
}

/** A snapshot of a detection. It omits the header values and the body of the call, which may contain secrets. */
export interface Detection {
  id: string
  state: DetectionState
  tenant: string
  queue: string
  method: string | null
  url: string
  headerNames: string[]
  budgets: DetectionBudgets
  createdAt: Date
  startedAt: Date | null
  finishedAt: Date | null
  /** The latest progress that its worker reported. */
  progress: Record<string, unknown> | null
  /** The result of a completed detection. */
  result: Record<string, unknown> | null
  /** The reason for a failed detection. */
  error: DetectionFault | null
}
