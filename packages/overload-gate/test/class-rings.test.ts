import { describe, expect, test } from 'vitest'
import { ClassRings } from '../src/class-rings.ts'
import { forEachClass, type QueuedClass } from '../src/gate-class.ts'
import { TestVisit } from './support/test-visit.ts'

const limits = { capacity: 64, maxWaitMs: 1000, minWaitMs: 150 }

function ringsWith(...classes: QueuedClass[]): ClassRings {
  const rings = new ClassRings(forEachClass(() => limits))
  for (const [index, gateClass] of classes.entries()) rings.push(new TestVisit(gateClass), index)
  return rings
}

function taken(rings: ClassRings, count = rings.size): (QueuedClass | undefined)[] {
  return Array.from({ length: count }, () => rings.take()?.gateClass)
}

function repeat(gateClass: QueuedClass, count: number): QueuedClass[] {
  return Array.from({ length: count }, () => gateClass)
}

describe('the order of releases', () => {
  test('the higher class goes first, whenever it came', () => {
    const rings = ringsWith('sheddable', 'normal', 'critical', 'normal')

    expect(taken(rings)).toEqual(['critical', 'normal', 'normal', 'sheddable'])
  })

  test('within a class the oldest goes first', () => {
    const rings = ringsWith('normal', 'normal', 'normal')

    expect([rings.take(), rings.take(), rings.take()].map((visit) => visit?.queuedAt)).toEqual([0, 1, 2])
  })

  test('one of eight releases goes to a lower class that waits', () => {
    const rings = ringsWith(...repeat('critical', 21), ...repeat('normal', 3))

    const order = taken(rings)

    expect(order.flatMap((name, index) => (name === 'normal' ? [index] : []))).toEqual([7, 15, 23])
  })

  test('that release goes to the lower class whose oldest request has waited longest', () => {
    const rings = ringsWith('sheddable', ...repeat('critical', 20), 'normal')

    expect(taken(rings, 16).filter((name) => name !== 'critical')).toEqual(['sheddable', 'normal'])
  })

  test('releases while no lower class waits are not counted against the higher one', () => {
    const rings = ringsWith(...repeat('critical', 20))
    taken(rings, 10)
    rings.push(new TestVisit('normal'), 20)

    expect(taken(rings, 8)).toEqual([...repeat('critical', 7), 'normal'])
  })
})

describe('what is ahead', () => {
  test('a new request waits for its own and for higher classes only', () => {
    const rings = ringsWith('critical', 'normal', 'normal', 'sheddable')

    expect(forEachClass((name) => rings.ahead(name))).toEqual({ critical: 1, normal: 3, sheddable: 4 })
  })

  test('requests that leave are no longer ahead, and their bodies take no memory', () => {
    const rings = ringsWith('normal')
    const leaving = new TestVisit('normal', 100)
    rings.push(leaving, 1)

    rings.remove(leaving)

    expect({ ahead: rings.ahead('normal'), size: rings.size, bytes: rings.bodyBytes }).toEqual({
      ahead: 1,
      size: 1,
      bytes: 0,
    })
  })
})

describe('deadlines', () => {
  test('a queue that has not been empty for the longest wait gets a shorter deadline, down to the minimum', () => {
    const rings = ringsWith('normal')

    const deadlines = [0, 1000, 1500, 2000, 9000].map((now) => rings.deadlineMs('normal', now))

    expect(deadlines).toEqual([1000, 1000, 575, 150, 150])
  })

  test('the first queue after a long quiet time does not count as a permanent one', () => {
    const rings = ringsWith('normal')
    rings.take()
    rings.push(new TestVisit('normal'), 60_000)

    expect(rings.deadlineMs('normal', 60_900)).toBe(1000)
  })

  test('an empty ring has the longest deadline', () => {
    expect(ringsWith().deadlineMs('normal', 60_000)).toBe(1000)
  })

  test('a permanent queue of one class does not shorten the deadline of another', () => {
    const rings = ringsWith('sheddable')
    rings.push(new TestVisit('critical'), 4990)

    expect(rings.deadlineMs('critical', 5000)).toBe(1000)
    expect(rings.deadlineMs('sheddable', 5000)).toBe(150)
  })

  test('a request that has waited longer than its class allows is found in every class', () => {
    const rings = new ClassRings(forEachClass((name) => ({ ...limits, maxWaitMs: name === 'critical' ? 5000 : 1000 })))
    for (const name of ['critical', 'normal', 'sheddable'] as const) rings.push(new TestVisit(name), 0)

    const expired = [rings.takeExpired(1001), rings.takeExpired(1001), rings.takeExpired(1001)]

    expect(expired.map((visit) => visit?.gateClass)).toEqual(['normal', 'sheddable', undefined])
  })
})
