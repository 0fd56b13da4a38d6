import { expect, test } from 'vitest'
import { renderTable } from '../../src/output/table.ts'
import { wrapped } from '../../src/output/words.ts'

const columns = [
  { title: 'SEQ', isNumber: true, value: ({ seq }: Row) => seq },
  { title: 'ERROR', isLong: true, value: ({ error }: Row) => error },
]

interface Row {
  seq: number
  error: string
}

const rows = [{ seq: 7, error: 'a'.repeat(60) }]

test.for([
  [40, 40],
  [200, 65],
  [10, 25],
] as const)('in a terminal of %i columns, a table with a long text has lines of %i', ([width, expected]) => {
  expect(
    Math.max(
      ...renderTable(rows, columns, width)
        .split('\n')
        .map((line) => line.length),
    ),
  ).toBe(expected)
})

test('elsewhere, nothing is cut', () => {
  expect(renderTable(rows, columns)).toContain('a'.repeat(60))
})

test('a long sentence is broken at spaces, and a long word is cut', () => {
  expect(wrapped('No worker has a handler for "x". Start one.', 20)).toEqual([
    'No worker has a',
    'handler for "x".',
    'Start one.',
  ])
  expect(wrapped('x'.repeat(30), 10)).toEqual(['xxxxxxxxx…'])
})
