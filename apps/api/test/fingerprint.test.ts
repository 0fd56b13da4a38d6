import { expect, test } from 'vitest'
import { fingerprint } from '../src/fingerprint.ts'

test('bodies that say the same have the same fingerprint, others have not', () => {
  const one = fingerprint(JSON.parse('{"a": 1, "b": [2]}'))

  expect(fingerprint(JSON.parse('{"a":1,"b":[2]}'))).toBe(one)
  expect(fingerprint(JSON.parse('{"a":1,"b":[3]}'))).not.toBe(one)
})
