/** At most `max` of `unit` in any window of `perMs`. */
export interface LimitRule {
  /** `requests`, or a weight that tasks carry. */
  unit: string
  max: number
  perMs: number
}

/** The settings of a limit, all filled in. */
export interface LimitSettings {
  /** One to eight, each for another unit or another time. */
  rules: LimitRule[]
  /** How much faster than even spacing starts may be: 2, or 1 for upstreams that refuse bursts. */
  burstFactor: number
  /** Whether the limit finds out itself how much of its maxima the upstream takes. */
  adaptive: boolean
}

/** What is left out gets its default. */
export type LimitUpdate = Pick<LimitSettings, 'rules'> & Partial<LimitSettings>

export const DEFAULT_BURST_FACTOR = 2

/** A rule with what of it is used. */
export interface LimitRuleUse extends LimitRule {
  /** Granted for now or earlier, and still counting. */
  used: number
  /** Granted for later. */
  reserved: number
}

/** A limit as it is at one moment. */
export interface Limit extends Omit<LimitSettings, 'rules'> {
  name: string
  rules: LimitRuleUse[]
  /** Part of the maxima that is used now, 0 to 1: less than 1 only for an adaptive limit. */
  factor: number
  /** When a task that asked now could start, in ms from now. */
  nextStartMs: number
  /** How much longer the upstream wants to be left alone, in ms. */
  pausedMs: number
  /** One task alone is finding out whether the upstream takes calls again. */
  isProbing: boolean
  /** Pauses after a refusal since the limit was last idle for an hour. */
  pauses: number
}

/** Why tasks of a queue do not start just now. Times are ms from now. */
export interface LimitWait {
  limit: string
  nextStartMs: number
  pausedMs: number
  isProbing: boolean
  /** The limit is missing: its deletion died halfway. Nothing starts until it is created again. */
  isMissing: boolean
}

/** The unit that every task weights one of. */
export const REQUESTS = 'requests'

/** The cells of a window: more of them waste less of the limit and cost more room. */
const CELLS = 256

const MIN_GUARD_US = 12_000
const MAX_GUARD_US = 250_000

/**
 * The rules as the scripts read them: `<unit> <max> <window> <guard> <cell>` a line, in µs. The guard is how long after
 * its slot a start may arrive at the upstream without exceeding the limit; a hundredth of the window, so that it weights a
 * hundredth of the limit, but at least 12 ms, which timers and networks need, and at most 250 ms.
 */
export function encodeRules(rules: readonly LimitRule[]): string {
  return rules.map(({ unit, max, perMs }) => [unit, max, ...timesOf(perMs)].join(' ')).join('\n')
}

function timesOf(perMs: number): number[] {
  const windowUs = perMs * 1000
  const guardUs = Math.min(Math.max(Math.ceil(windowUs / 100), MIN_GUARD_US), MAX_GUARD_US)
  return [windowUs, guardUs, Math.ceil((windowUs + guardUs) / CELLS)]
}
