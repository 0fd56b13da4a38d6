import { expect, test } from 'vitest'
import { RecentMap } from '../../src/ticket/recent-map.ts'

test('beyond its size the map drops the key that was set least recently', () => {
  const map = new RecentMap<number>(2)
  map.set('a', 1)
  map.set('b', 2)
  map.set('a', 3)

  map.set('c', 4)

  expect(['a', 'b', 'c'].map((key) => map.get(key))).toEqual([3, undefined, 4])
})
