import { expect, test } from 'vitest'
import { parseJsonBody } from '../src/json-body.ts'

test('a body is read as it is, keys that look dangerous included', () => {
  const body = parseJsonBody(Buffer.from('{"payload":{"__proto__":1,"constructor":{"prototype":2}}}'))

  expect(JSON.stringify(body)).toBe('{"payload":{"__proto__":1,"constructor":{"prototype":2}}}')
})

test('a byte order mark is no part of the body', () => {
  expect(parseJsonBody(Buffer.from('\uFEFF{"a":1}'))).toEqual({ a: 1 })
})

test('an empty body is none', () => {
  expect(parseJsonBody(Buffer.alloc(0))).toBeUndefined()
})

test('bytes that are not UTF-8 are refused, not replaced', () => {
  expect(() => parseJsonBody(Buffer.from([0x22, 0xff, 0x22]))).toThrow('The body is not JSON: its bytes are not UTF-8.')
})

test('text that is not JSON is refused with the place', () => {
  expect(() => parseJsonBody(Buffer.from('{"a":}'))).toThrow(/^The body is not JSON: Unexpected token/)
})

test('a body that nests too deep to be written out again is refused', () => {
  expect(() => parseJsonBody(Buffer.from('['.repeat(100_000) + ']'.repeat(100_000)))).toThrow(
    'body nests deeper than 200 levels',
  )
})
