import { describe, expect, test } from 'vitest'
import { fastify } from 'fastify'
import { type GateOptions, GateOptionsError, overloadGate } from '../src/index.ts'
import { readSettings } from '../src/read-settings.ts'

function problemsIn(options: unknown): readonly string[] {
  try {
    readSettings(options as GateOptions)
  } catch (error) {
    if (error instanceof GateOptionsError) return error.problems
    throw error
  }
  return []
}

test('without options the measured defaults apply, in each class', () => {
  const limits = { capacity: 1024, maxWaitMs: 1000, minWaitMs: 150 }

  expect(readSettings({})).toEqual({
    busyAfterMs: 30,
    releaseBudgetMs: 3,
    tickTargetMs: 12,
    acceptSprintMs: 50,
    maxHeldBodyBytes: 33_554_432,
    ...limits,
    classes: { critical: limits, normal: limits, sheddable: limits },
  })
})

test('a class takes what it does not set itself from the options of all', () => {
  const { classes } = readSettings({
    maxWaitMs: 500,
    classes: { critical: { maxWaitMs: 2000 }, sheddable: { capacity: 64 } },
  })

  expect(classes).toEqual({
    critical: { capacity: 1024, maxWaitMs: 2000, minWaitMs: 150 },
    normal: { capacity: 1024, maxWaitMs: 500, minWaitMs: 150 },
    sheddable: { capacity: 64, maxWaitMs: 500, minWaitMs: 150 },
  })
})

test('a longest wait below the default minimum lowers that, too', () => {
  const { minWaitMs, classes } = readSettings({ maxWaitMs: 100, classes: { critical: { maxWaitMs: 50 } } })

  expect([minWaitMs, classes.normal.minWaitMs, classes.critical.minWaitMs]).toEqual([100, 100, 50])
})

test('an option that is undefined counts as missing', () => {
  const options: unknown = { releaseBudgetMs: undefined, classes: { normal: { capacity: undefined } } }

  expect(readSettings(options as GateOptions)).toEqual(readSettings({}))
})

describe('options that cannot be used', () => {
  test('are refused all at once, each by name', () => {
    expect(
      problemsIn({
        busyAfterMs: Number.NaN,
        capacity: 1000,
        maxHeldBodyBytes: -1,
        tickTargetMs: 2,
        maxWaitMs: 500,
        minWaitMs: 700,
        enabled: 'no',
        code: '',
        onOutcome: null,
        colour: 'red',
        classes: { critical: { capacity: 3, speed: 1, minWaitMs: 600 }, urgent: {} },
      }),
    ).toEqual([
      'enabled: must be a boolean',
      'code: must not be empty',
      'onOutcome: must be a function',
      'colour: unknown option',
      'busyAfterMs: must be a number from 1 to 10000, got NaN',
      'capacity: must be a power of two, got 1000',
      `maxHeldBodyBytes: must be a number from 0 to ${Number.MAX_SAFE_INTEGER}, got -1`,
      'tickTargetMs: must not be below releaseBudgetMs',
      'minWaitMs: must not be above maxWaitMs',
      'classes.critical.speed: unknown option',
      'classes.critical.capacity: must be a power of two, got 3',
      'classes.critical.minWaitMs: must not be above maxWaitMs',
      'classes.urgent: must be one of critical, normal, sheddable',
    ])
  })

  test('keep the plugin from being registered', async () => {
    const app = fastify()
    app.register(overloadGate, { releaseBudgetMs: 0 })

    await expect(app.ready()).rejects.toThrow(GateOptionsError)
    await app.close()
  })

  test('do not include the options that Fastify itself passes to plugins', () => {
    expect(problemsIn({ prefix: '/v1', logLevel: 'info', logSerializers: {} })).toEqual([])
  })
})

test('a route with a class that does not exist is refused', async () => {
  await using app = fastify()
  await app.register(overloadGate)

  expect(() => app.get('/x', { config: { gate: 'urgent' as never } }, async () => 'ok')).toThrow(
    'config.gate of GET /x: must be one of bypass, critical, normal, sheddable',
  )
})
