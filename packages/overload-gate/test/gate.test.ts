import { describe, expect, test } from 'vitest'
import { calmGate, computing, lateGate } from './support/late-gate.ts'
import { arrival, arrivals, outcomesOf, TestVisit } from './support/test-visit.ts'

describe('while ticks are short', () => {
  test('requests pass at once', () => {
    const { gate } = calmGate()

    expect(outcomesOf(arrivals(gate, 100))).toEqual(Array.from({ length: 100 }, () => 'admitted'))
  })

  test('nothing is scheduled once all requests have been answered', () => {
    const { loop, gate } = calmGate()
    const visits = arrivals(gate, 3)

    for (const visit of visits) gate.leave(visit)
    loop.tick(10)

    expect(loop.isTickScheduled).toBe(false)
    expect(gate.stats()).toMatchObject({ active: 0, state: 'open' })
  })

  test('nothing wakes the process for requests that wait for something else', () => {
    const { loop, gate } = calmGate()
    arrivals(gate, 3)

    loop.tick()

    expect(loop.isTickScheduled).toBe(false)
    expect(gate.stats()).toMatchObject({ active: 3 })
  })
})

describe('while ticks are long', () => {
  test('requests wait, and the ticks that follow release them in the order they came', () => {
    const { loop, gate } = lateGate()
    const order: number[] = []
    const visits = arrivals(gate, 5)
    for (const [index, visit] of visits.entries()) visit.handler = () => order.push(index)
    expect(gate.stats()).toMatchObject({ state: 'buffering', depth: { normal: 5 } })

    loop.tick()

    expect(order).toEqual([0, 1, 2, 3, 4])
    expect(gate.stats()).toMatchObject({ state: 'open', admitted: 6, buffered: 5 })
  })

  test('a tick starts requests within its release budget only', () => {
    const { loop, gate } = lateGate({ releaseBudgetMs: 3 })
    const visits = arrivals(gate, 5, computing(loop, 2))

    loop.tick()
    expect(outcomesOf(visits)).toEqual(['admitted', 'admitted', '', '', ''])
    loop.tick()
    expect(outcomesOf(visits)).toEqual(['admitted', 'admitted', 'admitted', 'admitted', ''])
  })

  test('no request overtakes held ones, although ticks are short again', () => {
    const { loop, gate } = lateGate({ releaseBudgetMs: 1 })
    arrivals(gate, 3, computing(loop, 2))
    loop.tick()

    const late = arrival(gate)

    expect(late.state).toBe('queued')
  })

  test('a tick that took too long starts none, so that requests in progress get the time', () => {
    const { loop, gate } = lateGate({ tickTargetMs: 12 })
    const visits = arrivals(gate, 1)

    loop.tick(20)
    expect(outcomesOf(visits)).toEqual([''])
    loop.tick(5)
    expect(outcomesOf(visits)).toEqual(['admitted'])
  })

  test('ticks that are always too long do not hold requests for ever', () => {
    const { loop, gate } = lateGate({ tickTargetMs: 12 })
    const visits = arrivals(gate, 1)

    for (let tick = 0; tick < 9; tick += 1) loop.tick(20)

    expect(outcomesOf(visits)).toEqual(['admitted'])
  })

  test('a handler that throws does not keep the other requests held', () => {
    const { loop, gate } = lateGate()
    arrival(gate).handler = () => {
      throw new Error('as handlers do')
    }
    const next = arrival(gate)

    expect(() => loop.tick()).toThrow('as handlers do')
    loop.tick()

    expect(next.outcomes).toEqual(['admitted'])
  })
})

describe('clients that leave while they wait', () => {
  test('are dropped at once, never handled, and take no memory', () => {
    const { loop, gate } = lateGate()
    const withBody = () => arrival(gate, new TestVisit('normal', 100))
    const [first, leaving, last] = [withBody(), withBody(), withBody()]

    gate.leave(leaving)
    expect(gate.stats()).toMatchObject({ gone: 1, heldBodyBytes: 200, depth: { normal: 2 } })
    loop.tick()

    expect(outcomesOf([first, leaving, last])).toEqual(['admitted', '', 'admitted'])
  })

  test('are never handled, even if the gate notices only when it releases them', () => {
    const { loop, gate } = lateGate()
    const visit = arrival(gate)
    visit.isAbsent = true

    loop.tick()

    expect(visit.outcomes).toEqual([])
    expect(gate.stats()).toMatchObject({ gone: 1, admitted: 1 })
  })

  test('may leave twice', () => {
    const { gate } = lateGate()
    const visit = arrival(gate)

    gate.leave(visit)
    gate.leave(visit)

    expect(gate.stats()).toMatchObject({ gone: 1, active: 1, depth: { normal: 0 } })
  })
})

describe('closing', () => {
  test('refuses all held requests, and nothing is scheduled any more', () => {
    const { loop, gate } = lateGate({ capacity: 4 })
    const visits = arrivals(gate, 4)

    gate.close()
    loop.tick()

    expect(outcomesOf(visits)).toEqual(['closing', 'closing', 'closing', 'closing'])
    expect(loop.isTickScheduled).toBe(false)
    expect(gate.stats()).toMatchObject({ state: 'closing', sheddingForMs: 0 })
  })

  test('new requests are still served while ticks are short, and refused otherwise', () => {
    const { loop, gate } = calmGate()
    gate.close()

    const inTime = arrivals(gate, 1)
    loop.stall(45)
    const late = arrivals(gate, 1)

    expect(outcomesOf([...inTime, ...late])).toEqual(['admitted', 'closing'])
  })
})

describe('connections that queue in the kernel', () => {
  test('are accepted before any request is started, once they are detected', () => {
    const { loop, gate } = calmGate({ acceptSprintMs: 50 })
    for (let tick = 0; tick < 3; tick += 1) {
      gate.noteConnection()
      loop.tick()
    }

    const visits = arrivals(gate, 2)
    gate.noteConnection()
    loop.tick()
    expect(outcomesOf(visits)).toEqual(['', ''])

    loop.tick()
    expect(outcomesOf(visits)).toEqual(['admitted', 'admitted'])
  })

  test('cost one tick when there is only one of them, and then nothing is scheduled', () => {
    const { loop, gate } = calmGate({ acceptSprintMs: 50 })

    gate.noteConnection()
    loop.tick()
    expect(loop.isTickScheduled).toBe(true)
    loop.tick()

    expect(loop.isTickScheduled).toBe(false)
  })
})
