/** What happens under a limit, for metrics. */
export type LimitEvent = PermitEvent | AskEvent | PauseEvent

/** What became of one task's question. */
export interface PermitEvent {
  kind: 'permit'
  limit: string
  /**
   * `late`: its start time passed before it could be used; it is extended, or another is asked for. `impossible`: the task weighs more than
   * the limit ever allows. `dropped`: nobody waits for it any more.
   */
  decision: 'granted' | 'refused' | 'impossible' | 'late' | 'dropped'
  /** From the question to the start, or to whatever came instead. */
  durationMs: number
}

/** One call to Redis, for all tasks that waited for a permit by then. */
export interface AskEvent {
  kind: 'ask'
  limit: string
  durationMs: number
}

/** The upstream wants to be left alone, for so long. */
export interface PauseEvent {
  kind: 'pause'
  limit: string
  /** `refused`: it refused a call. `exhausted`: it took one, and said that nothing remains. */
  cause: 'refused' | 'exhausted'
  durationMs: number
}
