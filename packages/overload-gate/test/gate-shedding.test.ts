import { describe, expect, test } from 'vitest'
import { computing, lateGate } from './support/late-gate.ts'
import { arrival, arrivals, outcomesOf, TestVisit } from './support/test-visit.ts'

describe('what could not be served in time is refused', () => {
  test('when the predicted wait is beyond the deadline, at once', () => {
    const { loop, gate } = lateGate({ maxWaitMs: 500 })
    arrivals(gate, 500, computing(loop, 10))
    while (gate.stats().predictedWaitMs.normal === 0) loop.tick()

    const late = arrival(gate)

    expect(late.outcomes).toEqual(['wait'])
    expect(late.predictedWaitMs).toBeGreaterThan(500)
    expect(gate.stats()).toMatchObject({ state: 'shedding', shed: { wait: 1 } })
  })

  test('when its wait has been too long after all', () => {
    const { loop, gate } = lateGate({ maxWaitMs: 1000 })
    const visits = arrivals(gate, 2)

    loop.tick(1001)

    expect(outcomesOf(visits)).toEqual(['expired', 'expired'])
  })

  test('when its ring is full, and the rings of other classes are not', () => {
    const { gate } = lateGate({ capacity: 2 })

    const normal = arrivals(gate, 3)
    const critical = arrival(gate, new TestVisit('critical'))

    expect(outcomesOf(normal)).toEqual(['', '', 'full'])
    expect(critical.state).toBe('queued')
  })

  test('when the bodies held take all the memory they may; requests without a body still wait', () => {
    const { gate } = lateGate({ maxHeldBodyBytes: 1000 })

    const withBody = arrivals(gate, 3, () => new TestVisit('normal', 400))
    const without = arrival(gate)

    expect(outcomesOf(withBody)).toEqual(['', '', 'bytes'])
    expect(without.state).toBe('queued')
    expect(gate.stats().heldBodyBytes).toBe(800)
  })

  test('a higher class is predicted a shorter wait', () => {
    const { loop, gate } = lateGate({ releaseBudgetMs: 1 })
    arrivals(gate, 500, computing(loop, 10))
    while (gate.stats().predictedWaitMs.normal === 0) loop.tick()

    const { critical, normal } = gate.stats().predictedWaitMs

    expect(critical).toBe(0)
    expect(normal).toBeGreaterThan(1000)
  })

  test('a hundred expired requests do not make a tick long, and none of them is handled', () => {
    const { loop, gate } = lateGate({ maxWaitMs: 1000, releaseBudgetMs: 3 })
    const visits = arrivals(gate, 100)
    for (const visit of visits) visit.refuse = () => loop.stall(1)

    loop.tick(1001)
    expect(gate.stats()).toMatchObject({ shed: { expired: 3 }, admitted: 1 })
    loop.tick(1)
    expect(gate.stats()).toMatchObject({ shed: { expired: 7 }, admitted: 1 })
  })
})
