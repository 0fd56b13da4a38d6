import type { Call } from './probe.ts'

/** How long a call is on its way to the upstream at most: rejected ones are answered at once, so they show it. */
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
 * How many accepted calls the upstream surely worked on at once: calls count from when the last of them can have arrived
 * to when the first can have been answered.
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
