import { describe, expect, test } from 'vitest'
import { Type } from 'typebox'
import { type Environment, readSettings, type ReadSettingsOptions, SettingsError } from '../src/index.ts'

const schema = Type.Object({
  SLUICE_PORT: Type.Integer({ minimum: 0, maximum: 65_535, default: 3000 }),
  SLUICE_SHARE: Type.Number({ exclusiveMinimum: 0, maximum: 1, default: 0.5 }),
  SLUICE_PRETTY: Type.Boolean({ default: false }),
  SLUICE_MODE: Type.Union([Type.Literal('fast'), Type.Literal('slow')], { default: 'fast' }),
  SLUICE_LEVEL: Type.Enum(['info', 'debug'], { default: 'info' }),
  SLUICE_REDIS_URL: Type.Array(Type.String({ pattern: '^rediss?://', expects: 'a redis:// URL' }), {
    default: ['redis://127.0.0.1:6379'],
  }),
  SLUICE_WINDOWS: Type.Array(Type.Integer({ minimum: 1 }), { default: [1, 60] }),
  SLUICE_NAME: Type.Optional(Type.String({ maxLength: 20 })),
})

const read = (env: Environment, options: Partial<ReadSettingsOptions<typeof schema>> = {}) =>
  readSettings(schema, env, { prefix: 'SLUICE_', ...options })

function problemsOf(action: () => unknown): readonly string[] {
  try {
    action()
  } catch (error) {
    if (error instanceof SettingsError) return error.problems
    throw error
  }
  return []
}

const problemsIn = (env: Environment, options: Partial<ReadSettingsOptions<typeof schema>> = {}) =>
  problemsOf(() => read(env, options))

describe('values', () => {
  test('an empty environment gives the defaults, and no value where there is none', () => {
    expect(read({})).toStrictEqual({
      SLUICE_PORT: 3000,
      SLUICE_SHARE: 0.5,
      SLUICE_PRETTY: false,
      SLUICE_MODE: 'fast',
      SLUICE_LEVEL: 'info',
      SLUICE_REDIS_URL: ['redis://127.0.0.1:6379'],
      SLUICE_WINDOWS: [1, 60],
    })
  })

  test('text becomes the type the schema asks for', () => {
    const settings = read({
      SLUICE_PORT: '0',
      SLUICE_SHARE: '0.25',
      SLUICE_PRETTY: 'true',
      SLUICE_MODE: 'slow',
      SLUICE_LEVEL: 'debug',
      SLUICE_REDIS_URL: 'redis://a:1, redis://b:2',
      SLUICE_WINDOWS: '5,10',
      SLUICE_NAME: 'one, two',
    })

    expect(settings).toStrictEqual({
      SLUICE_PORT: 0,
      SLUICE_SHARE: 0.25,
      SLUICE_PRETTY: true,
      SLUICE_MODE: 'slow',
      SLUICE_LEVEL: 'debug',
      SLUICE_REDIS_URL: ['redis://a:1', 'redis://b:2'],
      SLUICE_WINDOWS: [5, 10],
      SLUICE_NAME: 'one, two',
    })
  })

  test('an empty variable counts as unset', () => {
    expect(read({ SLUICE_PORT: '', SLUICE_NAME: '' })).toStrictEqual(read({}))
  })

  test('neither the settings nor a list among them can be changed, and the schema keeps its own list', () => {
    const settings = read({})

    expect(Object.isFrozen(settings)).toBe(true)
    expect(Object.isFrozen(settings.SLUICE_WINDOWS)).toBe(true)
    expect(Object.isFrozen(schema.properties.SLUICE_WINDOWS)).toBe(false)
    expect(settings.SLUICE_WINDOWS).not.toBe((schema.properties.SLUICE_WINDOWS as { default?: unknown }).default)
  })
})

describe('refused values', () => {
  test.each([
    ['SLUICE_PORT', 'abc', 'must be an integer from 0 to 65535, got "abc"'],
    ['SLUICE_PORT', '65536', 'must be an integer from 0 to 65535, got "65536"'],
    ['SLUICE_PORT', '0x10', 'must be an integer from 0 to 65535, got "0x10"'],
    ['SLUICE_PORT', '1.5', 'must be an integer from 0 to 65535, got "1.5"'],
    ['SLUICE_PORT', ' 80', 'must be an integer from 0 to 65535, got " 80"'],
    ['SLUICE_SHARE', '0', 'must be a number above 0 and of at most 1, got "0"'],
    ['SLUICE_SHARE', 'Infinity', 'must be a number above 0 and of at most 1, got "Infinity"'],
    ['SLUICE_PRETTY', 'yes', 'must be true or false, got "yes"'],
    ['SLUICE_PRETTY', '1', 'must be true or false, got "1"'],
    ['SLUICE_MODE', 'medium', 'must be one of fast, slow, got "medium"'],
    ['SLUICE_LEVEL', 'loud', 'must be one of info, debug, got "loud"'],
    ['SLUICE_REDIS_URL', 'localhost', 'must be a comma-separated list, each a redis:// URL, got "localhost"'],
    ['SLUICE_WINDOWS', '1,,2', 'must be a comma-separated list, each an integer of at least 1, got "1,,2"'],
    ['SLUICE_NAME', 'x'.repeat(21), `must be text of at most 20 characters, got "${'x'.repeat(21)}"`],
  ])('%s=%s', (name, text, problem) => {
    expect(problemsIn({ [name]: text })).toEqual([`${name}: ${problem}`])
  })

  test('an integer too large to be exact', () => {
    const large = Type.Object({ SLUICE_BYTES: Type.Integer({ default: 0 }) })

    expect(
      problemsOf(() => readSettings(large, { SLUICE_BYTES: '9007199254740993' }, { prefix: 'SLUICE_' })),
    ).toHaveLength(1)
  })

  test('a required setting that is unset or empty', () => {
    const required = Type.Object({ SLUICE_URL: Type.String({ expects: 'a URL' }) })

    expect(problemsOf(() => readSettings(required, {}, { prefix: 'SLUICE_' }))).toEqual([
      'SLUICE_URL: must be set to a URL',
    ])
    expect(problemsOf(() => readSettings(required, { SLUICE_URL: '' }, { prefix: 'SLUICE_' }))).toHaveLength(1)
  })

  test('a default that its own schema refuses', () => {
    const wrong = Type.Object({ SLUICE_PORT: Type.Integer({ maximum: 10, default: 11 }) })

    expect(problemsOf(() => readSettings(wrong, {}, { prefix: 'SLUICE_' }))).toEqual([
      'SLUICE_PORT: must be an integer of at most 10, got the default 11',
    ])
  })

  test('every problem is in the one error and its message, in the order of the schema', () => {
    const env = { SLUICE_PRETTY: 'no', SLUICE_PORT: 'abc', SLUICE_MOED: 'slow', SLUICE_WINDOWS: '0' }

    expect(() => read(env)).toThrow(SettingsError)
    expect(problemsIn(env).map((problem) => problem.split(':')[0])).toEqual([
      'SLUICE_PORT',
      'SLUICE_PRETTY',
      'SLUICE_WINDOWS',
      'SLUICE_MOED',
    ])
    expect(() => read(env)).toThrow(/SLUICE_PORT: .*\n.*SLUICE_PRETTY: .*\n.*SLUICE_WINDOWS: .*\n.*SLUICE_MOED: /)
  })
})

describe('unknown names', () => {
  test('a name with the prefix is refused, with the nearest known one', () => {
    expect(problemsIn({ SLUICE_PROT: '80', SLUICE_REDIS_URLS: 'x' })).toEqual([
      'SLUICE_PROT: unknown setting, did you mean SLUICE_PORT?',
      'SLUICE_REDIS_URLS: unknown setting, did you mean SLUICE_REDIS_URL?',
    ])
  })

  test('nothing is suggested when no name is near', () => {
    expect(problemsIn({ SLUICE_COMPLETELY_DIFFERENT_THING: '80' })).toEqual([
      'SLUICE_COMPLETELY_DIFFERENT_THING: unknown setting',
    ])
  })

  test('names without the prefix and allowed beginnings are left alone', () => {
    const env = { PATH: '/bin', MOCK_PORT: 'x', SLUICE_SECRET_OPENAI: 's3cr3t', SLUICE_GONE: undefined }

    expect(problemsIn(env, { allowPrefixes: ['SLUICE_SECRET_'] })).toEqual([])
    expect(problemsIn(env)).toEqual(['SLUICE_SECRET_OPENAI: unknown setting'])
  })

  test('names of other processes are ignored, and suggested', () => {
    const options = { knownNames: ['SLUICE_QUEUES'] }

    expect(problemsIn({ SLUICE_QUEUES: 'mail' }, options)).toEqual([])
    expect(problemsIn({ SLUICE_QUEUS: 'mail' }, options)).toEqual([
      'SLUICE_QUEUS: unknown setting, did you mean SLUICE_QUEUES?',
    ])
  })

  test('a name that every object has is no setting', () => {
    expect(problemsOf(() => readSettings(schema, { constructor: 'x' }, { prefix: 'con' }))).toEqual([
      'constructor: unknown setting',
    ])
  })
})

const checkPort: ReadSettingsOptions<typeof schema>['check'] = ({ SLUICE_PORT, SLUICE_MODE }) =>
  SLUICE_PORT === 0 && SLUICE_MODE === 'slow' ? ['SLUICE_PORT: must not be 0 when SLUICE_MODE is slow'] : []

describe('relations between settings', () => {
  test('are reported with the unknown names', () => {
    expect(problemsIn({ SLUICE_PORT: '0', SLUICE_MODE: 'slow', SLUICE_X: '1' }, { check: checkPort })).toEqual([
      'SLUICE_X: unknown setting',
      'SLUICE_PORT: must not be 0 when SLUICE_MODE is slow',
    ])
  })

  test('are not looked at while a value is wrong', () => {
    expect(problemsIn({ SLUICE_PORT: '0', SLUICE_MODE: 'slow', SLUICE_SHARE: '7' }, { check: checkPort })).toEqual([
      'SLUICE_SHARE: must be a number above 0 and of at most 1, got "7"',
    ])
  })

  test('pass when they hold', () => {
    expect(read({ SLUICE_PORT: '0' }, { check: checkPort }).SLUICE_PORT).toBe(0)
  })
})

describe('secrets', () => {
  test.each(['SLUICE_SECRET_KEY', 'SLUICE_ADMIN_PASSWORD', 'SLUICE_API_KEY', 'SLUICE_AUTH_TOKEN'])(
    'the value of %s is never shown',
    (name) => {
      const secret = Type.Object({ [name]: Type.String({ minLength: 30 }) })

      expect(problemsOf(() => readSettings(secret, { [name]: 'hunter2' }, { prefix: 'SLUICE_' }))).toEqual([
        `${name}: must be text of at least 30 characters, got a value that is not shown`,
      ])
    },
  )

  test.each([
    ['redsi://default:hunter2@cache:6379/0', '"redsi://***@cache:6379/0"'],
    ['redsi://:hunter2@a,redis://b:hunt,er2@b', '"redsi://***@b"'],
    ['redsi://u:hunt@er/2@cache', '"redsi://***@cache"'],
    [':hunter2@cache', '"***@cache"'],
    ['cache?db=1&password=hunter2&x=1', '"cache?db=1&password=***&x=1"'],
  ])('the password in %s is hidden', (text, shown) => {
    const [problem] = problemsIn({ SLUICE_REDIS_URL: text })

    expect(problem?.endsWith(`got ${shown}`)).toBe(true)
    expect(problem).not.toMatch(/hunt|er2/)
  })

  test('long values are cut short', () => {
    expect(problemsIn({ SLUICE_MODE: 'x'.repeat(500) })[0]).toHaveLength(
      'SLUICE_MODE: must be one of fast, slow, got ""'.length + 121,
    )
  })
})
