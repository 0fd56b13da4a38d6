import { expect, test } from 'vitest'
import { findTaskFlaw } from '../../src/intake/task-check.ts'

const MAX_BYTES = 262_144

function flawOf(text: string, maxTaskBytes = MAX_BYTES) {
  return findTaskFlaw(text, maxTaskBytes, 'test')
}

test.each([
  '{"payload":null}',
  '{"payload":{"url":"https://api.example.com"},"key":"a","type":"http","maxAttempts":100,"weights":{"tokens":0.5}}',
  ' {"payload" : [1, "zwei", {"drei": 3}]} ',
  '{"payload":{"__proto__":{"a":1},"constructor":2}}',
])('accepts %s', (text) => {
  expect(flawOf(text)).toBeUndefined()
})

test.each([
  ['not json', 'is not JSON', 'not json'],
  ['{"payload":1}{"payload":2}', 'is not JSON', '{"payload":1}{"payload":2}'],
  ['[1]', 'is not a JSON object', [1]],
  ['null', 'is not a JSON object', null],
  ['"text"', 'is not a JSON object', 'text'],
  ['{}', 'is not a task: payload is missing', undefined],
  ['{"payload":1,"kye":"a"}', 'is not a task: kye is not a known property', 'a'],
  ['{"payload":1,"__proto__":5}', 'is not a task: __proto__ is not a known property', undefined],
  ['{"payload":1,"maxAttempts":"3"}', 'is not a task: maxAttempts must be an integer', '3'],
  ['{"payload":1,"maxAttempts":101}', 'is not a task: maxAttempts must be at most 100', 101],
  ['{"payload":1,"maxAttempts":1.5}', 'is not a task: maxAttempts must be an integer', 1.5],
  ['{"payload":1,"type":""}', 'is not a task: type must have at least 1 character', ''],
  ['{"payload":1,"weights":{"tokens":-1}}', 'is not a task: weights/tokens must be at least 0', -1],
  ['{"payload":1,"weights":{"tokens":1e21}}', 'is not a task: weights/tokens must be at most 1000000000000', 1e21],
  ['{"payload":1,"weights":{"a b":1}}', 'is not a task: weights/a b is not a known property', 1],
  ['{"maxAttempts":0}', 'is not a task: payload is missing; maxAttempts must be at least 1', undefined],
])('refuses %s', (text, message, value) => {
  expect(flawOf(text)).toEqual({ message, value })
})

test('names every invalid property and shows the value of the first', () => {
  const flaw = flawOf('{"payload":1,"key":5,"type":6}')

  expect(flaw).toEqual({ message: 'is not a task: type must be a string; key must be a string', value: 6 })
})

test('accepts a key of 255 characters, however many bytes they take', () => {
  expect(flawOf(`{"payload":1,"key":"${'😀'.repeat(255)}"}`)).toBeUndefined()
  expect(flawOf(`{"payload":1,"key":"${'😀'.repeat(256)}"}`)?.message).toContain('key must have at most 255 characters')
})

test('measures the size of a task in bytes', () => {
  const text = `{"payload":"${'€'.repeat(10)}"}`

  expect(flawOf(text, Buffer.byteLength(text))).toBeUndefined()
  expect(flawOf(text, Buffer.byteLength(text) - 1)?.message).toBe('is longer than 43 bytes')
})

test('quotes the beginning of a long line', () => {
  const flaw = flawOf('x'.repeat(5000))

  expect(flaw).toEqual({ message: 'is not JSON', value: `${'x'.repeat(100)}…` })
})

test('refuses payloads that nest too deep to be serialized', () => {
  const nested = (levels: number) => `{"payload":${'['.repeat(levels)}${']'.repeat(levels)}}`

  expect(flawOf(nested(199))).toBeUndefined()
  expect(flawOf(nested(200))?.message).toBe('nests deeper than 200 levels')
  expect(flawOf(nested(100_000))?.message).toBe('nests deeper than 200 levels')
})

test('refuses values that nest too deep to be shown, where the schema wants something else', () => {
  const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`

  expect(flawOf(`{"payload":1,"key":${deep}}`)).toEqual({ message: 'nests deeper than 200 levels' })
  expect(flawOf(`{"payload":1,"oops":${deep}}`)).toEqual({ message: 'nests deeper than 200 levels' })
  expect(flawOf(deep)).toEqual({ message: 'nests deeper than 200 levels' })
})

test.each([
  ['{"url":5}', 'payload/url must be a string', 5],
  ['{"method":"GET"}', 'payload/url is missing', undefined],
  ['{"url":"https://a.example/","methd":"GET"}', 'payload/methd is not a known property', 'GET'],
  ['{"url":"https://a.example/","method":"FETCH"}', 'payload/method must be one of GET, ', 'FETCH'],
  ['{"url":"ftp://a.example/"}', 'payload/url must be an http or https URL', 'ftp://a.example/'],
  ['{"url":"/orders/17"}', 'payload/url must be an http or https URL', '/orders/17'],
  ['{"url":"https://"}', 'payload/url must be an absolute URL with a valid host', 'https://'],
  ['{"url":"https://me:secret@a.example/"}', 'payload/url must not contain a user name or a password', undefined],
  ['{"url":"https://a.example/","headers":{"x-key":5}}', 'payload/headers/x-key must be a string', undefined],
  ['{"url":"https://a.example/","headers":{"x-key":"secret\\u0000"}}', 'payload/headers/x-key ', undefined],
  ['{"url":"https://a.example/","timeoutMs":0}', 'payload/timeoutMs must be at least 1', 0],
  ['5', 'payload must be an object', 5],
])('refuses the payload %s of an http task, whether the task or its batch says http', (payload, problem, value) => {
  const ofBatch = findTaskFlaw(`{"payload":${payload}}`, MAX_BYTES, 'http')
  const ofTask = findTaskFlaw(`{"type":"http","payload":${payload}}`, MAX_BYTES, 'test')

  expect(ofBatch?.message).toContain(`is not a task: ${problem}`)
  expect(JSON.stringify(ofBatch)).not.toContain('secret')
  expect(ofBatch?.value).toBe(value)
  expect(ofTask).toEqual(ofBatch)
})

test.each(['test', 'http'])(
  'accepts any payload of a task with another type, in a batch with the type %s',
  (batchType) => {
    expect(findTaskFlaw('{"type":"own","payload":{"url":5}}', MAX_BYTES, batchType)).toBeUndefined()
  },
)
