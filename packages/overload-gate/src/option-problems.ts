import type { ClassLimits } from './class-rings.ts'
import { QUEUED_CLASSES, type QueuedClass } from './gate-class.ts'
import type { GateNumbers, GateOptions, GateSettings } from './gate-options.ts'

/** Least and greatest value of each number. */
const RANGES: Record<keyof GateNumbers, readonly [least: number, greatest: number]> = {
  busyAfterMs: [1, 10_000],
  releaseBudgetMs: [1, 1000],
  tickTargetMs: [1, 1000],
  acceptSprintMs: [0, 1000],
  maxWaitMs: [1, 60_000],
  minWaitMs: [1, 60_000],
  capacity: [1, 65_536],
  maxHeldBodyBytes: [0, Number.MAX_SAFE_INTEGER],
}

const LIMIT_NAMES = ['capacity', 'maxWaitMs', 'minWaitMs'] as const satisfies readonly (keyof ClassLimits)[]

/** The types of the options that are not numbers. The last three are Fastify's own. */
const OTHERS: Record<string, 'a boolean' | 'a function' | 'a string' | 'an object'> = {
  enabled: 'a boolean',
  classes: 'an object',
  code: 'a string',
  buildProblem: 'a function',
  onOutcome: 'a function',
  classOf: 'a function',
  onError: 'a function',
  prefix: 'a string',
  logLevel: 'a string',
  logSerializers: 'an object',
}

/** Lists the problems of options, one sentence each. */
export function optionProblems(options: GateOptions, settings: GateSettings): string[] {
  return [
    ...Object.entries(options).flatMap(([name, value]) => typeProblems(name, value)),
    ...(Object.keys(RANGES) as (keyof GateNumbers)[]).flatMap((name) => numberProblems(name, name, settings[name])),
    ...(settings.tickTargetMs < settings.releaseBudgetMs ? ['tickTargetMs: must not be below releaseBudgetMs'] : []),
    ...waitProblems('', settings),
    ...Object.entries(options.classes ?? {}).flatMap(([name, limits]) => classProblems(name, limits ?? {}, settings)),
  ]
}

function typeProblems(name: string, value: unknown): string[] {
  if (Object.hasOwn(RANGES, name) || value === undefined) return []
  const expected = OTHERS[name]
  if (expected === undefined) return [`${name}: unknown option`]
  if (name === 'code' && value === '') return ['code: must not be empty']
  return expected.endsWith(` ${typeof value}`) && value !== null ? [] : [`${name}: must be ${expected}`]
}

function numberProblems(label: string, name: keyof GateNumbers, value: unknown): string[] {
  const [least, greatest] = RANGES[name]
  const isInRange = typeof value === 'number' && value >= least && value <= greatest
  if (!isInRange) return [`${label}: must be a number from ${least} to ${greatest}, got ${String(value)}`]
  const isPowerOfTwo = Number.isInteger(Math.log2(value))
  return name === 'capacity' && !isPowerOfTwo ? [`${label}: must be a power of two, got ${value}`] : []
}

function waitProblems(
  prefix: string,
  { minWaitMs, maxWaitMs }: Pick<ClassLimits, 'minWaitMs' | 'maxWaitMs'>,
): string[] {
  return minWaitMs > maxWaitMs ? [`${prefix}minWaitMs: must not be above maxWaitMs`] : []
}

function classProblems(name: string, given: Partial<ClassLimits>, { classes }: GateSettings): string[] {
  if (!QUEUED_CLASSES.includes(name as QueuedClass))
    return [`classes.${name}: must be one of ${QUEUED_CLASSES.join(', ')}`]
  const prefix = `classes.${name}.`
  return [
    ...Object.keys(given)
      .filter((limit) => !LIMIT_NAMES.includes(limit as keyof ClassLimits))
      .map((limit) => `${prefix}${limit}: unknown option`),
    ...LIMIT_NAMES.flatMap((limit) => (limit in given ? numberProblems(prefix + limit, limit, given[limit] ?? 1) : [])),
    ...waitProblems(prefix, classes[name as QueuedClass]),
  ]
}
