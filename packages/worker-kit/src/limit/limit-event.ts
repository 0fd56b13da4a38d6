/** What happens under a limit, for metrics. */
export type LimitEvent = PermitEvent | AskEvent | PauseEvent

/** The decision on a task that asked for a permit. */
export interface PermitEvent {
  kind: 'permit'
  limit: string
  /**
   * `granted`: the task may start. `refused`: it asks again later. `impossible`: it weighs more than the limit ever
   * allows. `late`: its start time passed unused; the permit is extended, or another one asked for. `dropped`: its
   * batch or the worker stopped.
   */
  decision: 'granted' | 'refused' | 'impossible' | 'late' | 'dropped'
  /** From asking to the decision; for `granted`, to the start. */
  durationMs: number
}

/** One call to Redis, for all tasks that waited for a permit at that time. */
export interface AskEvent {
  kind: 'ask'
  limit: string
  durationMs: number
}

/** The upstream asked for a pause of `durationMs`. */
export interface PauseEvent {
  kind: 'pause'
  limit: string
  /** `refused`: it refused a call. `exhausted`: it accepted a call and reported that nothing remains. */
  cause: 'refused' | 'exhausted'
  durationMs: number
}
