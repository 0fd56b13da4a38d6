import type { ClassLimits } from './class-rings.ts'
import { forEachClass } from './gate-class.ts'
import { GateOptionsError } from './gate-options-error.ts'
import type { GateNumbers, GateOptions, GateSettings } from './gate-options.ts'
import { optionProblems } from './option-problems.ts'

const DEFAULTS: Readonly<GateNumbers> = {
  busyAfterMs: 30,
  releaseBudgetMs: 3,
  tickTargetMs: 12,
  acceptSprintMs: 50,
  maxWaitMs: 1000,
  minWaitMs: 150,
  capacity: 1024,
  maxHeldBodyBytes: 33_554_432,
}

/**
 * Applies the defaults to the options.
 *
 * @throws {GateOptionsError} that names every problem.
 */
export function readSettings(options: GateOptions): GateSettings {
  const numbers = withLeastWait(options, { ...DEFAULTS, ...numbersIn(options) })
  const { capacity, maxWaitMs, minWaitMs } = numbers
  const classes = forEachClass((name) => {
    const own = withoutUndefined(options.classes?.[name] ?? {})
    return withLeastWait(own, { capacity, maxWaitMs, minWaitMs, ...own })
  })

  const problems = optionProblems(options, { ...numbers, classes })
  if (problems.length > 0) throw new GateOptionsError(problems)
  return { ...numbers, classes }
}

/** A longest wait below the default of `minWaitMs` lowers that as well. */
function withLeastWait<T extends ClassLimits>(given: Partial<ClassLimits>, limits: T): T {
  return given.minWaitMs === undefined ? { ...limits, minWaitMs: Math.min(limits.minWaitMs, limits.maxWaitMs) } : limits
}

function numbersIn(options: GateOptions): Partial<GateNumbers> {
  const known = Object.entries(options).filter(([name]) => Object.hasOwn(DEFAULTS, name))
  return withoutUndefined(Object.fromEntries(known))
}

/** An option that is undefined counts as missing. */
function withoutUndefined<T extends object>(options: T): Partial<T> {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as Partial<T>
}
