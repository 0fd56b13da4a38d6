/** What holds the starts of a batch back because its upstream refuses calls. */
export interface UpstreamWait {
  /** `paused`: no task starts. `probing`: one task at a time does. `paced`: so many a second do. */
  kind: 'paused' | 'probing' | 'paced'
  /** True if the upstream named the end of the pause; then no task probes. */
  isNamed: boolean
  /** How many calls the upstream has refused in a row. */
  refusals: number
  /** How many tasks start per second while the upstream accepts calls. Null: as many as can, or not known yet. */
  startsPerSecond: number | null
}

/** Decodes what holds an active batch back from its `meta` hash. Returns null if nothing does. */
export function decodeUpstreamWait(number: (field: string) => number, now: number): UpstreamWait | null {
  const isPaused = number('paused_until') > now
  const hasRefused = number('backoff') > 0
  const pace = number('pace')
  if (!isPaused && !hasRefused && pace === 0) return null
  return {
    kind: kindOf(isPaused, hasRefused),
    isNamed: isPaused && !hasRefused,
    refusals: number('refusals'),
    startsPerSecond: pace === 0 ? null : Math.round(pace * 1000) / 1000,
  }
}

function kindOf(isPaused: boolean, hasRefused: boolean): UpstreamWait['kind'] {
  if (isPaused) return 'paused'
  return hasRefused ? 'probing' : 'paced'
}
