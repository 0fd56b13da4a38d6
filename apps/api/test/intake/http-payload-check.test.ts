import { expect, test } from 'vitest'
import { parseHttpPayload } from '../../../../packages/worker-kit/src/http/http-payload.ts'
import { findHttpFlaws } from '../../src/intake/http-payload-check.ts'

const url = 'https://api.example.com/'

const GOOD = [
  { url },
  { url: 'HTTP://api.example.com' },
  { url, method: 'post', body: { a: 1 } },
  { url, method: 'QUERY', headers: { 'x-a': 'b\u00e9\t' } },
  { url, body: null, timeoutMs: 86_400_000, successStatus: 404 },
  { url, successStatus: [] },
]

const WRONG = [
  null,
  [],
  {},
  { url: '' },
  { url: 5 },
  { url, methd: 'GET' },
  { url, method: 'FETCH' },
  { url, method: 'Get' },
  { url, headers: { 'x a': 'b' } },
  { url, headers: { 'x-a': 'b\n' } },
  { url, headers: { 'x-a': 'b'.repeat(8193) } },
  { url, headers: Object.fromEntries(Array.from({ length: 101 }, (_, i) => [`x-${i}`, ''])) },
  { url, timeoutMs: 86_400_001 },
  { url, timeoutMs: 1.5 },
  { url, successStatus: 99 },
  { url, successStatus: ['404'] },
]

test.each(GOOD)('the API and the handler accept %j', (payload) => {
  expect(findHttpFlaws(payload)).toEqual([])
  expect(() => parseHttpPayload(payload)).not.toThrow()
})

test.each(WRONG)('the API and the handler refuse %j', (payload) => {
  expect(findHttpFlaws(payload)).not.toEqual([])
  expect(() => parseHttpPayload(payload)).toThrow('Invalid http payload')
})
