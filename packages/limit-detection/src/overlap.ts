import type { Call } from './probe.ts'

/** The longest time from sending a call to its arrival. Rejected calls show it, because they are answered at once. */
export function oneWayMs(calls: readonly Call[]): number {
  const rejected = calls.filter(({ outcome }) => outcome === 'rejected').map(roundTripMs)
  const trips = rejected.length > 0 ? rejected : [Math.min(10, Math.min(...calls.map(roundTripMs)) / 4)]
  const sorted = trips.toSorted((a, b) => a - b)
  return ((sorted[Math.floor(sorted.length / 2)] ?? 0) / 2) * 1.6
}

export function roundTripMs({ sentAt, receivedAt }: Call): number {
  return receivedAt - sentAt
}

/**
 * How many accepted calls the upstream certainly processed at the same time. Each call counts from its latest possible
 * arrival to its earliest possible response.
 */
export function sureOverlap(calls: readonly Call[], marginMs: number): number {
  const edges = calls
    .flatMap((call) =>
      call.outcome === 'accepted' && roundTripMs(call) > 2 * marginMs
        ? [
            { at: call.sentAt + marginMs, step: 1 },
            { at: call.receivedAt - marginMs, step: -1 },
          ]
        : [],
    )
    .toSorted((a, b) => a.at - b.at || a.step - b.step)
  let now = 0
  let most = 0
  for (const { step } of edges) {
    now += step
    most = Math.max(most, now)
  }
  return most
}
