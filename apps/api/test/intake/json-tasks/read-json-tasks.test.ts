import { setImmediate } from 'node:timers/promises'
import { isDeepStrictEqual } from 'node:util'
import { seededRandom } from '@sluice/testing'
import { describe, expect, test } from 'vitest'
import { RequestInvalidError } from '../../../src/intake/intake-errors.ts'
import { type JsonTasks, readJsonTasks } from '../../../src/intake/json-tasks/read-json-tasks.ts'
import type { TasksPlace } from '../../../src/intake/json-tasks/task-cutter.ts'
import { randomJson, spoil } from '../../support/random-json.ts'

function read(json: string, place: TasksPlace = 'body/tasks') {
  return readJsonTasks(Buffer.from(json), { place, maxTaskBytes: 1000 })
}

async function errorsOf(reading: Promise<unknown>): Promise<unknown> {
  const error = await reading.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  expect(error).toBeInstanceOf(RequestInvalidError)
  return (error as RequestInvalidError).details.errors
}

describe('the tasks of a body', () => {
  test('keep their digits, spelling and order', async () => {
    const task = '{"payload":{"id":12345678901234567890,"one":1.0,"b":1,"1":2,"é":"\\u00e9\\/"}}'

    expect((await read(`{"tasks":[${task}]}`))?.envelopes).toEqual([task])
  })

  test('lose the white space between their parts but not within strings', async () => {
    const sent = '{"tasks":[\n  { "payload" : [ 1 , "a \\" b\\\\" , "\\n c " ] }\n ]}'

    expect((await read(sent))?.envelopes).toEqual(['{"payload":[1,"a \\" b\\\\","\\n c "]}'])
  })

  test('leave an empty array in their place', async () => {
    expect((await read('{"code":"a","tasks":[{"payload":1}],"sealed":false}'))?.rest).toEqual({
      code: 'a',
      tasks: [],
      sealed: false,
    })
  })

  test('may be the whole body', async () => {
    expect(await read('[{"type":"own","payload":1},{"type":"own","payload":2}]', 'body')).toEqual({
      rest: [],
      envelopes: ['{"type":"own","payload":1}', '{"type":"own","payload":2}'],
      errors: [],
      errorsIfHttp: [],
    })
  })

  test('are all reported and none is kept if some are invalid', async () => {
    const tasks = ['{"payload":1}', '{"paylaod":2}', '[]', `{"payload":"${'x'.repeat(1000)}"}`]

    const found = await read(`{"tasks":[${tasks.join(',')}]}`)

    expect(found?.envelopes).toEqual([])
    expect(found?.errors).toMatchObject([
      { path: 'body/tasks/1/payload', message: 'is missing' },
      { path: 'body/tasks/1/paylaod', message: 'is not a known property', value: 2 },
      { path: 'body/tasks/2', message: 'is not a JSON object' },
      { path: 'body/tasks/3', message: 'is longer than 1000 bytes' },
    ])
  })

  test('are reported up to a maximum if all are invalid', async () => {
    const found = await read(`{"tasks":[${'{"payload":1,"oops":1},'.repeat(10_000)}{}]}`)

    expect(found?.errors).toHaveLength(50)
  })
})

describe('a body', () => {
  test('that is empty is read as none', async () => {
    expect(await readJsonTasks(Buffer.alloc(0), { place: 'body', maxTaskBytes: 1000 })).toBeUndefined()
  })

  test.each([
    ['{"tasks":[{"payload":1},oops]}', 'body/tasks/1 is not JSON, got "oops"'],
    ['{"tasks":[{"payload":1},]}', 'body/tasks/1 is not JSON, got ""'],
    ['{"tasks":[{"payload":1}', 'the array body/tasks does not end'],
    ['{"tasks":[{"payload":1}]', "Expected ',' or '}'"],
    ['{"tasks":[]}}', 'Unexpected non-whitespace'],
    ['{"tasks" [{"payload":1}]}', "Expected ':'"],
    ['{"code":}', 'Unexpected token'],
  ])('that is not JSON is refused with the place of the error: %s', async (json, problem) => {
    await expect(read(json)).rejects.toThrow(`The body is not valid JSON: ${problem}`)
  })

  test('whose bytes are not UTF-8 is refused', async () => {
    const bytes = Buffer.concat([Buffer.from('{"tasks":[{"payload":"'), Buffer.from([0xff]), Buffer.from('"}]}')])

    await expect(readJsonTasks(bytes, { place: 'body/tasks', maxTaskBytes: 1000 })).rejects.toThrow('not UTF-8')
  })

  test('with two arrays of tasks is refused', async () => {
    expect(await errorsOf(read('{"tasks":[{"payload":1}],"t\\u0061sks":[{"payload":2}]}'))).toEqual([
      { path: 'body/tasks', message: 'must not occur twice' },
    ])
  })

  test('with too much content besides its tasks is refused before that is parsed', async () => {
    const much = `"metadata":{"text":"${'x'.repeat(140_000)}"}`

    for (const json of [`{${much},"tasks":[]}`, `{"tasks":[{"payload":1}],${much}}`]) {
      expect(await errorsOf(read(json))).toEqual([
        { path: 'body', message: 'must have at most 131072 bytes besides its tasks' },
      ])
    }
    expect(await errorsOf(read(`{"tasks":[],${much}}`, 'body'))).toEqual([
      { path: 'body', message: 'must be an array' },
    ])
  })

  test('that nests too deep outside its tasks is refused', async () => {
    await expect(read(`{"metadata":${'['.repeat(5000)}${']'.repeat(5000)}}`)).rejects.toThrow('nests deeper than 200')
  })
})

test('is read as a JSON parser reads it, for random valid and invalid bodies', async () => {
  const random = seededRandom(7)
  const mistaken: string[] = []
  for (let i = 0; i < 3000; i += 1) {
    const tasks = Array.from({ length: Math.floor(random() * 4) }, () => `{"payload":${randomJson(random)}}`)
    const json = `{"code":"a",${random() < 0.5 ? ' ' : ''}"tasks":[${tasks.join(' ,')}],"metadata":{"b":${randomJson(random)}}}`
    // Through bytes, because half a character would not survive.
    const sent = Buffer.from(random() < 0.5 ? json : spoil(json, random)).toString('utf8')

    const found = await read(sent).catch(() => undefined)

    if (sent === json ? !says(found, parse(sent)) : !agrees(found, parse(sent))) mistaken.push(sent)
  }

  expect(mistaken).toEqual([])
})

/** Checks that a body of valid JSON was read correctly. */
function says(found: JsonTasks | undefined, expected: object | undefined): boolean {
  if (found === undefined || expected === undefined || found.errors.length > 0) return false
  const tasks = found.envelopes.map((text) => JSON.parse(text) as unknown)
  return isDeepStrictEqual({ ...(found.rest as object), tasks }, { tasks, ...expected })
}

/** Invalid JSON must be refused. Valid JSON may be refused for other reasons. */
function agrees(found: JsonTasks | undefined, expected: object | undefined): boolean {
  if (expected === undefined) return found === undefined
  return found === undefined || found.errors.length > 0 || says(found, expected)
}

function parse(json: string): object | undefined {
  try {
    return JSON.parse(json) as object
  } catch {
    return undefined
  }
}

test('the event loop runs many times while 10 MB are read', async () => {
  const body = Buffer.from(`[${'{"payload":{"a":[1,2,3],"b":"text"}},'.repeat(280_000)}{"payload":1}]`)
  let turns = 0
  const seen = { isRead: false }

  const reading = readJsonTasks(body, { place: 'body', maxTaskBytes: 1000 }).finally(() => (seen.isRead = true))
  for (; !seen.isRead; turns += 1) await setImmediate()

  expect((await reading)?.envelopes).toHaveLength(280_001)
  expect(turns).toBeGreaterThan(10)
})
