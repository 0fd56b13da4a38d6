import { mergeSettings, type Change } from './merge-settings.ts'

/** A rule: at most `max` of `unit` in any window of `perMs`. */
export interface LimitRule {
  /** `requests`, or a unit that tasks give weights for. */
  unit: string
  max: number
  perMs: number
}

/** The settings of a limit, with defaults applied. */
export interface LimitSettings {
  /** One to eight rules, each with a different unit or window. */
  rules: LimitRule[]
  /** How much faster than evenly spaced tasks may start. Default 2; 1 for upstreams that refuse bursts. */
  burstFactor: number
  /** True if the limit finds out by itself how much of its maxima the upstream accepts. */
  adaptive: boolean
  /** Longest pause that a response of the upstream causes, in ms. Default 15 minutes, which is also the most. */
  maxPauseMs: number
}

/** New settings of a limit. Omitted fields get their default. */
export type LimitUpdate = Pick<LimitSettings, 'rules'> & {
  [Name in keyof Omit<LimitSettings, 'rules'>]?: LimitSettings[Name] | undefined
}

/** A change of settings. An omitted setting stays; null resets it to its default. Rules are replaced together. */
export type LimitChange = Change<Omit<LimitSettings, 'rules'>> & { rules?: LimitRule[] | undefined }

/** The settings of a limit that sets none but its rules. */
export const DEFAULT_LIMIT_SETTINGS: Omit<LimitSettings, 'rules'> = {
  burstFactor: 2,
  adaptive: false,
  maxPauseMs: 15 * 60 * 1000,
}

/** Completes new settings with defaults. */
export function completeLimitSettings({ rules, ...update }: LimitUpdate): LimitSettings {
  return { rules, ...mergeSettings(DEFAULT_LIMIT_SETTINGS, update, DEFAULT_LIMIT_SETTINGS) }
}

/** Applies a change to settings. */
export function changeLimitSettings(settings: LimitSettings, change: LimitChange): LimitSettings {
  return mergeSettings(settings, change, DEFAULT_LIMIT_SETTINGS)
}

/** A rule and its current use. */
export interface LimitRuleUse extends LimitRule {
  /** The amount granted for now or earlier that still counts. */
  used: number
  /** The amount granted for later. */
  reserved: number
}

/** A snapshot of a limit. */
export interface Limit extends Omit<LimitSettings, 'rules'> {
  name: string
  /** The version of its settings. Rises with each change of any queue or limit. */
  version: number
  rules: LimitRuleUse[]
  /** The share of its maxima that the limit allows now, 0 to 1. Less than 1 only for an adaptive limit. */
  factor: number
  /** The earliest start time of a task that asks now, in ms from now. */
  nextStartMs: number
  /** The remaining pause, in ms. 0: the limit is not paused. */
  pausedMs: number
  /** True while a single probe finds out whether the upstream accepts calls again. */
  isProbing: boolean
  /** Pauses after a refusal, counted since the limit was last idle for an hour. */
  pauses: number
}

/** Why tasks of a queue cannot start now. Times are in ms from now. */
export interface LimitWait {
  limit: string
  nextStartMs: number
  pausedMs: number
  isProbing: boolean
  /**
   * True if the ledger of the limit has no settings: the limit is being created, or the process that created it died.
   * The reconciler hands them over within 15 seconds. No task starts before that.
   */
  isMissing: boolean
}

/** The unit of which every task has weight 1. */
export const REQUESTS = 'requests'

/** The number of cells in a window. More cells waste less of the limit and take more memory. */
const CELLS = 256

const MIN_GUARD_US = 12_000
const MAX_GUARD_US = 250_000

/**
 * Encodes rules for the scripts, one line each: `<unit> <max> <window> <guard> <cell>`, times in µs.
 *
 * The guard interval is how much later than its start time a call may arrive at the upstream without exceeding the
 * limit. It is one hundredth of the window, so that it costs one hundredth of the limit. Its minimum of 12 ms covers
 * timers and networks; its maximum is 250 ms.
 */
export function encodeRules(rules: readonly LimitRule[]): string {
  return rules.map(({ unit, max, perMs }) => [unit, max, ...timesOf(perMs)].join(' ')).join('\n')
}

function timesOf(perMs: number): number[] {
  const windowUs = perMs * 1000
  const guardUs = Math.min(Math.max(Math.ceil(windowUs / 100), MIN_GUARD_US), MAX_GUARD_US)
  return [windowUs, guardUs, Math.ceil((windowUs + guardUs) / CELLS)]
}
