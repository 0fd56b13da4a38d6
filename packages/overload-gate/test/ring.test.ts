import { expect, test } from 'vitest'
import { Ring } from '../src/ring.ts'

function drained(ring: Ring<number>): number[] {
  const items: number[] = []
  for (let item = ring.shift(); item !== undefined; item = ring.shift()) items.push(item)
  return items
}

test('items come out in the order they went in, however often the positions wrap around', () => {
  const ring = new Ring<number>(4)
  const out: (number | undefined)[] = []

  for (let item = 1; item <= 3; item += 1) ring.push(item)
  for (let item = 4; item <= 100; item += 1) {
    ring.push(item)
    out.push(ring.shift())
  }

  expect([...out, ...drained(ring)]).toEqual(Array.from({ length: 100 }, (_, index) => index + 1))
  expect(ring.size).toBe(0)
})

test('a ring holds exactly its capacity', () => {
  const ring = new Ring<number>(2)

  ring.push(1)
  expect(ring.isFull).toBe(false)
  ring.push(2)
  expect(ring.isFull).toBe(true)
  ring.shift()
  expect(ring.isFull).toBe(false)
})

test('removing an item from the middle keeps the order of the others', () => {
  const ring = new Ring<number>(4)
  const [, second] = [ring.push(1), ring.push(2), ring.push(3)]

  ring.remove(second ?? 0)

  expect(ring.size).toBe(2)
  expect(drained(ring)).toEqual([1, 3])
})

test('places of removed items are free again once the head has passed them', () => {
  const ring = new Ring<number>(4)
  const positions = [1, 2, 3, 4].map((item) => ring.push(item))

  for (const position of positions.slice(1)) ring.remove(position)
  expect({ size: ring.size, isFull: ring.isFull }).toEqual({ size: 1, isFull: true })

  ring.shift()
  expect({ size: ring.size, isFull: ring.isFull, head: ring.peek() }).toEqual({
    size: 0,
    isFull: false,
    head: undefined,
  })
})

test('a ring whose items were all removed has its whole capacity again', () => {
  const ring = new Ring<number>(2)
  for (let round = 0; round < 5; round += 1) for (const position of [ring.push(1), ring.push(2)]) ring.remove(position)

  ring.push(7)

  expect(drained(ring)).toEqual([7])
})
