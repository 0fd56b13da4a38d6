import { expect, test } from 'vitest'
import { RefusalSamples } from '../../src/audit/refusal-samples.ts'

test('the first refusal of a client in a minute gets an entry', () => {
  const samples = new RefusalSamples()

  const taken = ['10.0.0.1', '10.0.0.1', '10.0.0.2', '7Yb3kQ0pXz2M', '7Yb3kQ0pXz2M'].map((client) =>
    samples.take(client),
  )

  expect(taken).toEqual([true, false, true, true, false])
})

test('a flood from many addresses gets a bounded number of entries', () => {
  const samples = new RefusalSamples()

  const taken = Array.from({ length: 5000 }, (_, i) => samples.take(`10.0.${i >> 8}.${i & 255}`))

  expect(taken.filter(Boolean)).toHaveLength(60)
})
