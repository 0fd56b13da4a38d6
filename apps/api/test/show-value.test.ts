import { expect, test } from 'vitest'
import { showValue } from '../src/show-value.ts'

test.each([1, true, null, 'short', { a: 1 }, ['x'], undefined])('%j is shown as it is', (value) => {
  expect(showValue(value)).toBe(value)
})

test('long texts and long structures are shown by their beginning', () => {
  expect(showValue('x'.repeat(101))).toBe(`${'x'.repeat(100)}…`)
  expect(showValue({ a: 'x'.repeat(200) })).toBe(`{"a":"${'x'.repeat(94)}…`)
})
