import { expect, test } from 'vitest'
import { showValue } from '../../src/intake/show-value.ts'

test.each([1, true, null, 'short', { a: 1 }, ['x'], undefined])('shows %j unchanged', (value) => {
  expect(showValue(value)).toBe(value)
})

test('shows the beginning of long texts and structures', () => {
  expect(showValue('x'.repeat(101))).toBe(`${'x'.repeat(100)}…`)
  expect(showValue({ a: 'x'.repeat(200) })).toBe(`{"a":"${'x'.repeat(94)}…`)
})
