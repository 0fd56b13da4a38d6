import { expect, test } from 'vitest'
import { parseJsonBody } from '../../src/intake/json-body.ts'

test('reads a body unchanged, including keys such as __proto__', () => {
  const body = parseJsonBody(Buffer.from('{"payload":{"__proto__":1,"constructor":{"prototype":2}}}'))

  expect(JSON.stringify(body)).toBe('{"payload":{"__proto__":1,"constructor":{"prototype":2}}}')
})

test('ignores a byte order mark', () => {
  expect(parseJsonBody(Buffer.from('\uFEFF{"a":1}'))).toEqual({ a: 1 })
})

test('reads an empty body as none', () => {
  expect(parseJsonBody(Buffer.alloc(0))).toBeUndefined()
})

test('refuses bytes that are not UTF-8 instead of replacing them', () => {
  expect(() => parseJsonBody(Buffer.from([0x22, 0xff, 0x22]))).toThrow(
    'The body is not valid JSON: its bytes are not UTF-8.',
  )
})

test('refuses text that is not JSON and names the place', () => {
  expect(() => parseJsonBody(Buffer.from('{"a":}'))).toThrow(/^The body is not valid JSON: Unexpected token/)
})

test('refuses a body that nests too deep to be serialized', () => {
  expect(() => parseJsonBody(Buffer.from('['.repeat(100_000) + ']'.repeat(100_000)))).toThrow(
    'body nests deeper than 200 levels',
  )
})
