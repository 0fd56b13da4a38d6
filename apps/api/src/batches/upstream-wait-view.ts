import type { UpstreamWaitView } from '@sluice/contracts'
import type { UpstreamWait } from '@sluice/engine'

/** What a batch waits for while its upstream refuses calls, with a sentence that explains it. */
export function upstreamWaitView(wait: UpstreamWait, pausedUntil: Date | null): UpstreamWaitView {
  return { state: wait.kind, startsPerSecond: wait.startsPerSecond, message: messageOf(wait, pausedUntil) }
}

function messageOf({ kind, isNamed, refusals, startsPerSecond }: UpstreamWait, pausedUntil: Date | null): string {
  if (kind === 'paced')
    return `The upstream has refused calls. ${startsPerSecond} tasks start per second, and slowly more until it refuses one.`
  if (isNamed) return `The upstream asked for a pause until ${pausedUntil?.toISOString()}.`
  const refused = `The upstream has refused ${refusals} ${refusals === 1 ? 'call' : 'calls in a row'}.`
  if (kind === 'paused') return `${refused} No task starts before ${pausedUntil?.toISOString()}; then one probes.`
  return `${refused} One task at a time probes whether it accepts calls again.`
}
