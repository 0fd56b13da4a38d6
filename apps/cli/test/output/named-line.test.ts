import { expect, test } from 'vitest'
import { namedLine } from '../../src/output/named-line.ts'
import { duration } from '../../src/output/words.ts'

test('a text that is too long for a terminal continues below its beginning', () => {
  expect(namedLine('may', 'queues:read, limits:read', 8, 24)).toBe('may     queues:read,\n        limits:read')
  expect(namedLine('may', '\u001B[32mqueues:read\u001B[39m', 8, 24)).toBe('may     \u001B[32mqueues:read\u001B[39m')
  expect(namedLine('may', 'queues:read, limits:read', 8)).toBe('may     queues:read, limits:read')
})

test.for([
  [999, '999 ms'],
  [9949, '9.9 s'],
  [9990, '10 s'],
  [59_499, '59 s'],
  [59_700, '1 min'],
  [3_599_700, '1 h'],
] as const)('%i ms are %s', ([ms, expected]) => {
  expect(duration(ms)).toBe(expected)
})
