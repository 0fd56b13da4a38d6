import { expect, test } from 'vitest'
import { parseExactly } from '../../src/task/parse-exactly.ts'

test.each([
  '{"n":12345678901234567890.10,"m":[1.0,-0,1e3,1E+2,0.1,100,-7],"text":"1.0 and 12345678901234567890"}',
  '12345678901234567890',
  '1.10',
  '"1.10"',
  '{"a":{"b":null,"c":true}}',
])('%s is written as it was read', (json) => {
  expect(JSON.stringify(parseExactly(json))).toBe(json)
})

test('numbers that JavaScript holds stay numbers', () => {
  expect(parseExactly('[1,0.5,-3,9007199254740991]')).toEqual([1, 0.5, -3, 9_007_199_254_740_991])
})
