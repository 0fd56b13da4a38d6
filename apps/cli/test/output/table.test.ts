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
  [10, 27],
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

test('a terminal that is too narrow gets fewer columns, and then a line for each', () => {
  const narrow = [{ title: 'KEY', isOptional: true, value: () => 'k'.repeat(12) }, ...columns]

  expect(renderTable(rows, narrow, 40).split('\n')).toEqual([
    `KEY           SEQ  ERROR`,
    `kkkkkkkkkkkk    7  ${'a'.repeat(20)}…`,
  ])
  expect(renderTable(rows, narrow, 30).split('\n')).toEqual(['SEQ  ERROR', `  7  ${'a'.repeat(24)}…`])
  expect(renderTable([...rows, { seq: 8, error: 'b' }], narrow, 24)).toBe(
    `SEQ    7\nERROR  ${'a'.repeat(19)}…\n\nSEQ    8\nERROR  b`,
  )
})

test('a long sentence is broken at spaces, and a long word within it', () => {
  expect(wrapped('No worker has a handler for "x". Start one.', 20)).toEqual([
    'No worker has a',
    'handler for "x".',
    'Start one.',
  ])
  expect(wrapped(`a ${'x'.repeat(12)} b`, 10)).toEqual(['a', 'xxxxxxxxxx', 'xx b'])
})
