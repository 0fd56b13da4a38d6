import type { ProbeAnswer, Probe, DeclaredLimit } from '../../src/probe.ts'
import type { VirtualClock } from './virtual-clock.ts'

/** A rate limiter. `take` returns whether an arriving call passes, `waitMs` how long the next one has to wait. */
export interface Limiter {
  take(at: number): boolean
  waitMs(at: number): number
}

export interface VirtualUpstreamOptions {
  limiter?: Limiter | undefined
  concurrency?: number | undefined
  /** How long the upstream processes a call. Default 30 to 80 ms. */
  serviceMs?: readonly [number, number]
  /** The latency of the network in each direction. Default 3 to 12 ms. */
  networkMs?: readonly [number, number]
  /** `exact`: in ms. `seconds`: rounded up to seconds. `padded`: twice that. Default: no Retry-After. */
  retryAfter?: 'exact' | 'seconds' | 'padded' | undefined
  /** The share of calls that fail at random. Default 0. */
  errorRate?: number | undefined
  /** The status of these calls. Default: 500, 502 or 503 at random. */
  errorStatus?: number | undefined
  declare?: ((at: number) => DeclaredLimit[]) | undefined
  /** The status for too many calls in a window. Default 429. */
  rateStatus?: number
  /** The status for too many concurrent calls. Default 429, the same as for the rate. */
  busyStatus?: number
}

/** An upstream in virtual time. */
export function virtualUpstream(clock: VirtualClock, random: () => number, options: VirtualUpstreamOptions): Probe {
  const { serviceMs = [30, 80], networkMs = [3, 12], errorRate = 0, rateStatus = 429, busyStatus = 429 } = options
  const between = ([low, high]: readonly [number, number]) => low + random() * (high - low)
  let inFlight = 0

  function rejection(status: number, at: number): ProbeAnswer {
    const waitMs = status === rateStatus && options.limiter ? options.limiter.waitMs(at) : undefined
    return { outcome: 'rejected', status, retryAfterMs: toldWait(options.retryAfter, waitMs) }
  }

  async function serve(): Promise<ProbeAnswer> {
    if (random() < errorRate) return chanceFailure(options.errorStatus ?? chanceStatus(random))
    const arrivedAt = clock.now()
    if (options.concurrency !== undefined && inFlight >= options.concurrency) {
      return { outcome: 'rejected', status: busyStatus }
    }
    if (options.limiter && !options.limiter.take(arrivedAt)) return rejection(rateStatus, arrivedAt)
    inFlight += 1
    await clock.sleep(between(serviceMs))
    inFlight -= 1
    return { outcome: 'accepted', status: 200 }
  }

  return async () => {
    await clock.sleep(between(networkMs))
    const answer = await serve()
    const declared = options.declare?.(clock.now())
    await clock.sleep(between(networkMs))
    return { ...answer, declared }
  }
}

function chanceStatus(random: () => number): number {
  return [500, 502, 503][Math.floor(random() * 3)] ?? 500
}

/** A random 503 is indistinguishable from a rejection. */
function chanceFailure(status: number): ProbeAnswer {
  return { outcome: status === 503 ? 'rejected' : 'failed', status }
}

function toldWait(style: VirtualUpstreamOptions['retryAfter'], waitMs: number | undefined): number | undefined {
  if (style === undefined || waitMs === undefined) return undefined
  if (style === 'exact') return Math.ceil(waitMs)
  return Math.ceil((style === 'padded' ? waitMs * 2 : waitMs) / 1000) * 1000
}
