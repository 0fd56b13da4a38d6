/** A rule with its times in µs, as the scripts read it. */
export interface ModelRule {
  unit: string
  max: number
  windowUs: number
  guardUs: number
  cellUs: number
}

/** A rule with the booked weight of each cell, by cell number. */
interface BookedRule extends ModelRule {
  cells: Map<number, number>
}

export type ModelWeights = Readonly<Record<string, number>>

/** How far ahead a start time may be, and the minimum time from now to it, in µs. */
export interface ModelQuestion {
  maxLookAheadUs: number
  leadUs: number
}

/** A start time, or the negative time after which to ask again, both in µs. */
export type ModelAnswer = number

const MIN_REST_US = 50_000
const MAX_REST_US = 120_000_000
const FIRST_BACKOFF_US = 250_000
const MAX_BACKOFF_US = 15_000_000
const MAX_PAUSE_US = 15 * 60 * 1_000_000
const PROBE_LIFE_US = 30_000_000

/**
 * The window ledger in its simplest form: each query computes from all booked cells which of them count. Callers pass
 * the time. The limit is not adaptive.
 */
export class LedgerModel {
  readonly #rules: readonly BookedRule[]
  readonly #burstFactor: number
  #lastStart = 0
  #nextStart = 0
  #askAt = 0
  #crowding = 1
  #pausedUntil = 0
  #backoff = 0
  #probeUntil = 0
  epoch = 0

  constructor(rules: readonly ModelRule[], burstFactor: number) {
    this.#rules = rules.map((rule) => ({ ...rule, cells: new Map() }))
    this.#burstFactor = burstFactor
  }

  acquire(now: number, { maxLookAheadUs, leadUs }: ModelQuestion, tasks: readonly ModelWeights[]): ModelAnswer[] {
    const lookAheadUs = Math.min(maxLookAheadUs, Math.min(...this.#rules.map(({ windowUs }) => windowUs)) * 0.75)
    const isProbing = this.#backoff > 0
    let refusedAt: number | undefined
    if (isProbing && this.#probeUntil > now) refusedAt = Math.min(this.#probeUntil, now + 1_000_000) + lookAheadUs
    return tasks.map((weights) => {
      const refill = Math.max(0, ...this.#rules.map((rule) => refillUs(rule, weights)))
      if (refusedAt !== undefined) return this.#rest(now, lookAheadUs, refusedAt, refill)
      const start = this.#findStart(now, leadUs, weights)
      if (start - now > lookAheadUs + leadUs + this.#extraUs(weights)) {
        refusedAt = start
        this.#crowding = Math.min(4, this.#crowding * 1.1)
        return this.#rest(now, lookAheadUs, start, refill)
      }
      this.#book(start, weights)
      if (start - now < lookAheadUs / 2) this.#crowding = Math.max(1, this.#crowding * 0.8)
      if (isProbing) {
        this.#probeUntil = start + PROBE_LIFE_US
        refusedAt = start + lookAheadUs
      }
      return start
    })
  }

  /** Books a late permit for `slackUs` from now if this does not exceed the limit. Returns whether it did. */
  extend(now: number, slackUs: number, booked: number, weights: ModelWeights): boolean {
    if (this.#pausedUntil > now) return false
    const touched = this.#rules.filter((rule) => (weights[rule.unit] ?? 0) > 0)
    const isCounted = (rule: ModelRule) =>
      expiryUs(rule, Math.ceil(booked / rule.cellUs)) > Math.max(this.#lastStart, now)
    if (!touched.every(isCounted)) return false
    for (const unit of new Set(touched.map((rule) => rule.unit))) {
      this.settle(booked, unit, -(weights[unit] ?? 0))
      this.settle(Math.max(booked, now + slackUs), unit, weights[unit] ?? 0)
    }
    return true
  }

  settle(start: number, unit: string, change: number): void {
    for (const { cells, cellUs } of this.#rules.filter((rule) => rule.unit === unit)) {
      const cell = Math.ceil(start / cellUs)
      cells.set(cell, Math.max(0, (cells.get(cell) ?? 0) + change))
    }
  }

  pause(now: number, retryAfterUs: number, epoch: number): void {
    if (retryAfterUs > 0) this.#pauseUntil(now, now + retryAfterUs)
    if (epoch < this.epoch) return
    this.epoch += 1
    this.#probeUntil = 0
    if (retryAfterUs > 0) this.#backoff = 0
    else {
      this.#backoff = this.#backoff === 0 ? FIRST_BACKOFF_US : Math.min(this.#backoff * 1.5, MAX_BACKOFF_US)
      this.#pauseUntil(now, now + this.#backoff)
    }
  }

  endProbe(now: number, hasPassed: boolean, epoch: number): void {
    if (epoch !== this.epoch || this.#backoff === 0) return
    this.#probeUntil = 0
    if (!hasPassed) return
    this.#backoff = 0
    this.#askAt = now
  }

  #pauseUntil(now: number, time: number): void {
    this.#pausedUntil = Math.max(this.#pausedUntil, Math.min(time, now + MAX_PAUSE_US))
  }

  #findStart(now: number, leadUs: number, weights: ModelWeights): number {
    const spacing = this.#spacingUs(weights)
    let time = Math.max(now + leadUs, this.#lastStart, this.#pausedUntil, spacing > 0 ? this.#nextStart : 0)
    for (;;) {
      const next = Math.min(...this.#rules.map((rule) => nextExpiryUs(rule, weights, time)))
      if (next === Infinity) break
      time = next
    }
    return Math.ceil(time)
  }

  #book(start: number, weights: ModelWeights): void {
    for (const rule of this.#rules) {
      const { cells } = rule
      const weight = weights[rule.unit] ?? 0
      const cell = Math.ceil(start / rule.cellUs)
      // No later query is for a time before this start.
      for (const known of cells.keys()) if (expiryUs(rule, known) <= start) cells.delete(known)
      if (weight > 0) cells.set(cell, (cells.get(cell) ?? 0) + weight)
    }
    this.#lastStart = start
    this.#nextStart = Math.max(this.#nextStart, Math.ceil(start + this.#spacingUs(weights)))
  }

  #spacingUs(weights: ModelWeights): number {
    const requests = this.#rules.filter(({ unit }) => unit === 'requests')
    return Math.max(0, ...requests.map((rule) => refillUs(rule, weights))) / this.#burstFactor
  }

  #extraUs(weights: ModelWeights): number {
    const unpaced = this.#rules.filter(({ unit }) => unit !== 'requests')
    return Math.max(0, ...unpaced.map((rule) => Math.min(refillUs(rule, weights), rule.windowUs)))
  }

  #rest(now: number, lookAheadUs: number, time: number, refill: number): number {
    this.#askAt = Math.max(this.#askAt, time - lookAheadUs * 0.75, now + MIN_REST_US)
    if (this.#askAt > now + MAX_REST_US) return -MAX_REST_US
    const rest = this.#askAt - now
    this.#askAt += refill * (refill < lookAheadUs ? this.#crowding : 1)
    return -Math.ceil(rest)
  }
}

/** Returns the weight that counts at a time. */
function sumAt(rule: BookedRule, time: number): number {
  const counted = [...rule.cells].filter(([cell]) => expiryUs(rule, cell) > time)
  return counted.reduce((sum, [, weight]) => sum + weight, 0)
}

/** Returns when the next booked cell expires if the rule has too little room at `time`, otherwise Infinity. */
function nextExpiryUs(rule: BookedRule, weights: ModelWeights, time: number): number {
  const weight = weights[rule.unit] ?? 0
  if (weight === 0 || sumAt(rule, time) + weight <= rule.max) return Infinity
  const expiries = [...rule.cells].filter(([, booked]) => booked > 0).map(([cell]) => expiryUs(rule, cell))
  return Math.min(...expiries.filter((expiry) => expiry > time))
}

/** Returns the time from which a cell no longer counts. */
function expiryUs({ cellUs, windowUs, guardUs }: ModelRule, cell: number): number {
  return cell * cellUs + windowUs + guardUs
}

function refillUs(rule: ModelRule, weights: ModelWeights): number {
  return ((weights[rule.unit] ?? 0) * rule.windowUs) / rule.max
}

/** A granted permit and the time of its call. */
export interface Grant {
  startUs: number
  calledUs: number
  weights: ModelWeights
}

/** Returns the greatest weight of a unit in any window, by brute force: it looks back from each call. */
export function mostInAnyWindow(grants: readonly Grant[], unit: string, windowUs: number): number {
  const starts = grants.toSorted((a, b) => a.calledUs - b.calledUs)
  let most = 0
  let sum = 0
  let first = 0
  for (const { calledUs, weights } of starts) {
    sum += weights[unit] ?? 0
    while (starts[first]!.calledUs <= calledUs - windowUs) {
      sum -= starts[first]!.weights[unit] ?? 0
      first += 1
    }
    most = Math.max(most, sum)
  }
  return most
}
