import type { IncomingMessage } from 'node:http'
import { newApiKeyText, writeApiKey } from '@sluice/engine'
import { expect, test } from 'vitest'
import { KeyInQueryError, TwoCredentialsError } from '../../src/auth/auth-errors.ts'
import { type KeyCredential, ProvenKeys } from '../../src/auth/proven-keys.ts'
import { readCredential } from '../../src/auth/read-credential.ts'

const key = newApiKeyText()
const text = writeApiKey(key)

/** What Node makes of a request with these headers: it keeps the first of several. */
function read(pairs: [string, string][], url = '/v1/batches', known = new ProvenKeys()) {
  const headers = Object.fromEntries(pairs.toReversed().map(([name, value]) => [name.toLowerCase(), value]))
  return readCredential({ headers, rawHeaders: pairs.flat(), url } as unknown as IncomingMessage, known)
}

function provenKey(sent: string): KeyCredential {
  return { kind: 'key', ...key, text: sent, hash: 'h', reading: undefined }
}

test.each<[string, string]>([
  ['Authorization', `Bearer ${text}`],
  ['authorization', `bearer  ${text}`],
  ['X-Api-Key', text],
])('reads an API key from %s', (name, value) => {
  expect(read([[name, value]])).toEqual({ kind: 'key', ...key, text, hash: undefined, reading: undefined })
})

test('reads a session from its cookie, among others', () => {
  const [id, secret] = ['i'.repeat(24), 's'.repeat(43)]

  expect(read([['cookie', `a=1; __Host-sluice=${id}${secret}; b=2`]])).toEqual({ kind: 'session', id, secret })
  expect(read([['cookie', `sluice=${id}${secret}; x__Host-sluice=${id}${secret}`]])).toEqual({ kind: 'none' })
})

test('a request without a credential has none', () => {
  expect(read([['accept', '*/*']])).toEqual({ kind: 'none' })
})

test.each<[string, string]>([
  ['authorization', `Basic ${text}`],
  ['authorization', text],
  ['authorization', ''],
  ['authorization', 'Bearer '],
  ['authorization', `Bearer ${text} ${text}`],
  ['authorization', `Bearer ${text.slice(0, -1)}`],
  ['x-api-key', `Bearer ${text}`],
  ['x-api-key', `${text}, ${text}`],
  ['x-api-key', ''],
])('%s: %s is malformed', (name, value) => {
  expect(read([[name, value]])).toEqual({ kind: 'malformed' })
})

test('refuses two credentials, even if they are the same', () => {
  const [bearer, header]: [string, string][] = [
    ['Authorization', `Bearer ${text}`],
    ['x-api-key', text],
  ]
  for (const pairs of [
    [bearer, header],
    [bearer, bearer],
    [header, header],
  ] as [string, string][][]) {
    expect(() => read(pairs)).toThrow(TwoCredentialsError)
  }
})

test('refuses an API key in the query, also next to a valid one', () => {
  expect(() => read([['x-api-key', text]], `/v1/batches?key=${text}`)).toThrow(KeyInQueryError)
  expect(() => read([], `/v1/batches?slk1_`)).toThrow(KeyInQueryError)
  expect(read([['x-api-key', text]], '/v1/batches/slk1_?a=1')).toMatchObject({ kind: 'key' })
})

test('knows what was found out about a key, and of no other one', () => {
  const known = new ProvenKeys()
  const proven = provenKey(text)
  known.keep(proven, performance.now())

  for (const [name, value] of [
    ['x-api-key', text],
    ['authorization', `Bearer ${text}`],
    ['authorization', `bearer  ${text}`],
  ] as [string, string][]) {
    expect(read([[name, value]], '/', known)).toBe(proven)
  }
  expect(read([['x-api-key', `${text.slice(0, -1)}!`]], '/', known)).toEqual({ kind: 'malformed' })
  const other = { id: key.id, secret: newApiKeyText().secret }
  expect(read([['x-api-key', writeApiKey(other)]], '/', known)).toMatchObject({ ...other, hash: undefined })
})

test('a key that is known is malformed in the form of the other header', () => {
  const known = new ProvenKeys()
  known.keep(provenKey(text), performance.now())

  expect(read([['authorization', text]], '/', known)).toEqual({ kind: 'malformed' })
  expect(read([['x-api-key', `Bearer ${text}`]], '/', known)).toEqual({ kind: 'malformed' })
})

test('remembers a bounded number of keys', () => {
  const known = new ProvenKeys()
  known.keep(provenKey('first'), performance.now())
  for (let i = 0; i < 20_000; i += 1) known.keep(provenKey(`${i}`), performance.now())

  expect([known.find('first'), known.find('10000')?.hash]).toEqual([undefined, 'h'])
})

test('forgets a key that is not used for two minutes, and none that is', () => {
  const known = new ProvenKeys()
  const at = performance.now()
  for (const name of ['used', 'unused']) known.keep(provenKey(name), at)

  for (const ms of [61_000, 122_000]) known.keep(provenKey('used'), at + ms)

  expect([known.find('used')?.hash, known.find('unused')]).toEqual(['h', undefined])
})

test('forgets all that was proven of a key that has changed, and nothing of another one', () => {
  const known = new ProvenKeys()
  const other = { ...provenKey('other'), id: '7Yb3kQ0pXz2M' }
  for (const proven of [provenKey(text), provenKey('again'), other]) known.keep(proven, performance.now())

  known.forget(key.id)

  expect([known.find(text), known.find('again'), known.find('other')]).toEqual([undefined, undefined, other])
})

test('forgets a key that is not valid any more', () => {
  const known = new ProvenKeys()
  known.keep(provenKey(text), performance.now())

  known.delete(provenKey(text))

  expect(known.find(text)).toBeUndefined()
})
