import { describe, expect, test } from 'vitest'
import { ratios, spread } from '../../src/speed/contender.ts'

describe('a table', () => {
  test('compares runs pairwise, not their medians', () => {
    expect(ratios([10, 40, 90], [10, 20, 30])).toEqual([1, 2, 3])
  })

  test('states a median and a range', () => {
    expect(spread([5.126, 1, 1234.5])).toEqual({ median: 5.13, range: '1-1235' })
  })
})
