import { expect, test } from 'vitest'
import { findJsonFlaw } from '../../src/input/json-flaw.ts'

test.for([
  ['{"email":', 9],
  ['{"email": x}', 10],
  ['{"a":1 "b":2}', 7],
  ['{"a":tru}', 8],
  ['{"a":"b\\x"}', 8],
  ['"open', 5],
  ['hello', 0],
  ['', 0],
  ['{"a":1}}', 7],
  ['[1,]', 3],
  ['{"a":-}', 6],
] as const)('%s stops being JSON after %i characters', ([text, at]) => {
  expect(findJsonFlaw(text)?.at).toBe(at)
})

test.for(['{"a":[1,2.5e3,"x\\u00e9",null]}', ' 7 ', '"text"'])('%s has no flaw', (text) => {
  expect(findJsonFlaw(text)).toBeUndefined()
})
