import { expect, test } from 'vitest'
import { indentJson, memberTexts } from '../src/format/json-text.ts'

test('members keep every digit and every sign of their text', () => {
  const json = String.raw`{ "n" : 12345678901234567890.10,"s":"a\"}{,","o":{"a":[1,{"b":"]"}]} , "z":null,"e":{}, "l": [] }`

  expect([...memberTexts(json)]).toEqual([
    ['n', '12345678901234567890.10'],
    ['s', String.raw`"a\"}{,"`],
    ['o', '{"a":[1,{"b":"]"}]}'],
    ['z', 'null'],
    ['e', '{}'],
    ['l', '[]'],
  ])
  expect([...memberTexts('{}')]).toEqual([])
})

test('indented text differs from what was sent by spaces alone', () => {
  expect(indentJson('{"a":[1.0,{"b":"x: {y, "}],"c":{},"d":[ ]}')).toBe(
    '{\n  "a": [\n    1.0,\n    {\n      "b": "x: {y, "\n    }\n  ],\n  "c": {},\n  "d": []\n}',
  )
})

test('text that was cut off is indented as far as it goes', () => {
  expect(indentJson('{"a":"cut of')).toBe('{\n  "a": "cut of')
  expect(indentJson('[[1,')).toBe('[\n  [\n    1,\n    ')
})
