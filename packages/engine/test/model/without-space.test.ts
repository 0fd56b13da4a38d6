import { expect, test } from 'vitest'
import { nestsTooDeep } from '../../src/model/nesting.ts'
import { withoutSpace } from '../../src/model/without-space.ts'

test('white space between parts goes, also where no string has an escape', () => {
  expect(withoutSpace(' [ "a b" , "" ]\n')).toBe('["a b",""]')
})

test('strings, numbers and escapes stay as they are written, and white space between them goes', () => {
  const text = ' {\n\t"a b" : [ 1.0 , "\\"" , "c\\\\" , " \\\\\\" ]" ] }\r\n'

  expect(withoutSpace(text)).toBe('{"a b":[1.0,"\\"","c\\\\"," \\\\\\" ]"]}')
})

test('a string of millions of escapes does not overflow the stack', () => {
  const string = `"${String.raw`\n`.repeat(8_000_000)}"`

  expect(withoutSpace(` ${string} `)).toBe(string)
})

test('a string of a hundred million characters does not overflow the stack', () => {
  const string = `"${' '.repeat(100_000_000)}"`

  expect(withoutSpace(` ${string} `)).toHaveLength(string.length)
})

test.each([
  ['"[[[', false],
  ['"\\"[[[', false],
  ['"\\\\"[[[', true],
])('brackets within a string do not nest: %s', (text, expected) => {
  expect(nestsTooDeep(text, 2)).toBe(expected)
})
