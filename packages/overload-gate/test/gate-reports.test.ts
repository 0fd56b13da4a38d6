import { describe, expect, test } from 'vitest'
import { lateGate } from './support/late-gate.ts'
import { arrival, arrivals, TestVisit } from './support/test-visit.ts'

describe('a gate reports', () => {
  test('each outcome, with the class and the wait', () => {
    const { loop, gate, reported } = lateGate({ maxWaitMs: 100 })
    arrival(gate)
    const gone = arrival(gate)
    arrival(gate, new TestVisit('sheddable'))
    loop.stall(5)
    gate.leave(gone)
    loop.tick(5)
    gate.leave(gone)
    loop.stall(50)
    arrivals(gate, 1)
    loop.tick(101)

    expect(reported).toEqual([
      { kind: 'admitted', gateClass: 'normal', waitedMs: 0 },
      { kind: 'gone', gateClass: 'normal', waitedMs: 5 },
      { kind: 'admitted', gateClass: 'normal', waitedMs: 10 },
      { kind: 'admitted', gateClass: 'sheddable', waitedMs: 10 },
      { kind: 'shed', reason: 'expired', gateClass: 'normal', waitedMs: 101 },
    ])
  })

  test('how long admitted requests waited', () => {
    const { loop, gate } = lateGate()
    arrivals(gate, 2)
    loop.tick(7)

    const { boundsMs, counts, sumMs } = gate.stats().waits
    expect(counts[boundsMs.indexOf(10)]).toBe(2)
    expect(sumMs).toBe(14)
  })

  test('for how long it has been refusing requests; a second without a refusal ends it', () => {
    const { loop, gate } = lateGate({ capacity: 1 })
    const refuse = () => arrivals(gate, 2)
    refuse()
    loop.stall(800)
    refuse()
    loop.stall(700)

    expect(gate.status()).toEqual({ state: 'shedding', held: 1, sheddingForMs: 1500 })
    loop.stall(301)
    expect(gate.status().sheddingForMs).toBe(0)
  })
})
