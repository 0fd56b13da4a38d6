import { describe, expect, test } from 'vitest'
import type { GateOptions, GateOutcome } from '../src/index.ts'
import { Gate } from '../src/gate.ts'
import { readSettings } from '../src/gate-settings.ts'
import { StandingLoop } from './standing-loop.ts'
import { arrival, arrivals, outcomesOf, TestVisit } from './test-visit.ts'

function guarded(options: GateOptions = {}) {
  const loop = new StandingLoop()
  const told: GateOutcome[] = []
  const gate = new Gate(loop, readSettings({ acceptSprintMs: 0, ...options }), (outcome) => told.push(outcome))
  return { loop, gate, told }
}

/** A gate whose loop has been standing for so long that newcomers have to wait. */
function busy(options: GateOptions = {}) {
  const parts = guarded(options)
  parts.gate.arrive(new TestVisit())
  parts.loop.stall(45)
  return parts
}

/** A visit whose handler computes. */
function computing(loop: StandingLoop, ms: number): () => TestVisit {
  return () => {
    const visit = new TestVisit()
    visit.handler = () => loop.stall(ms)
    return visit
  }
}

describe('while the loop turns in time', () => {
  test('requests pass at once', () => {
    const { gate } = guarded()

    expect(outcomesOf(arrivals(gate, 100))).toEqual(Array.from({ length: 100 }, () => 'admitted'))
  })

  test('nothing is scheduled once all have been answered', () => {
    const { loop, gate } = guarded()
    const visits = arrivals(gate, 3)
    expect(loop.isScheduled).toBe(true)

    for (const visit of visits) gate.leave(visit)
    loop.turn(10)

    expect(loop.isScheduled).toBe(false)
    expect(gate.stats()).toMatchObject({ active: 0, state: 'open' })
  })
})

describe('while the loop is late', () => {
  test('requests wait, and the turns that follow release them in the order they came', () => {
    const { loop, gate } = busy()
    const order: number[] = []
    const visits = arrivals(gate, 5)
    for (const [index, visit] of visits.entries()) visit.handler = () => order.push(index)
    expect(gate.stats()).toMatchObject({ state: 'buffering', depth: { normal: 5 } })

    loop.turn()

    expect(order).toEqual([0, 1, 2, 3, 4])
    expect(gate.stats()).toMatchObject({ state: 'open', admitted: 6, buffered: 5 })
  })

  test('a turn starts requests for its slice of time only', () => {
    const { loop, gate } = busy({ sliceMs: 3 })
    const visits = arrivals(gate, 5, computing(loop, 2))

    loop.turn()
    expect(outcomesOf(visits)).toEqual(['admitted', 'admitted', '', '', ''])
    loop.turn()
    expect(outcomesOf(visits)).toEqual(['admitted', 'admitted', 'admitted', 'admitted', ''])
  })

  test('nobody overtakes those who wait, although the loop turns in time again', () => {
    const { loop, gate } = busy({ sliceMs: 1 })
    arrivals(gate, 3, computing(loop, 2))
    loop.turn()

    const late = arrival(gate)

    expect(late.state).toBe('queued')
  })

  test('a turn that took too long starts nothing, so that requests started before get on', () => {
    const { loop, gate } = busy({ turnTargetMs: 12 })
    const visits = arrivals(gate, 1)

    loop.turn(20)
    expect(outcomesOf(visits)).toEqual([''])
    loop.turn(5)
    expect(outcomesOf(visits)).toEqual(['admitted'])
  })

  test('turns that are always too long do not hold up those who wait for ever', () => {
    const { loop, gate } = busy({ turnTargetMs: 12 })
    const visits = arrivals(gate, 1)

    for (let turn = 0; turn < 9; turn += 1) loop.turn(20)

    expect(outcomesOf(visits)).toEqual(['admitted'])
  })

  test('a handler that throws does not keep the others waiting', () => {
    const { loop, gate } = busy()
    arrival(gate).handler = () => {
      throw new Error('as handlers do')
    }
    const next = arrival(gate)

    expect(() => loop.turn()).toThrow('as handlers do')
    loop.turn()

    expect(next.outcomes).toEqual(['admitted'])
  })
})

describe('what could not be served in time is refused', () => {
  test('when the predicted wait is beyond the deadline, at once', () => {
    const { loop, gate } = busy({ maxWaitMs: 500 })
    arrivals(gate, 500, computing(loop, 10))
    while (gate.stats().predictedWaitMs.normal === 0) loop.turn()

    const late = arrival(gate)

    expect(late.outcomes).toEqual(['wait'])
    expect(late.predictedWaitMs).toBeGreaterThan(500)
    expect(gate.stats()).toMatchObject({ state: 'shedding', shed: { wait: 1 } })
  })

  test('when its wait has been too long after all', () => {
    const { loop, gate } = busy({ maxWaitMs: 1000 })
    const visits = arrivals(gate, 2)

    loop.turn(1001)

    expect(outcomesOf(visits)).toEqual(['expired', 'expired'])
  })

  test('when its ring is full, and the rings of other classes are not', () => {
    const { gate } = busy({ capacity: 2 })

    const normal = arrivals(gate, 3)
    const critical = arrival(gate, new TestVisit('critical'))

    expect(outcomesOf(normal)).toEqual(['', '', 'full'])
    expect(critical.state).toBe('queued')
  })

  test('when the bodies held take all the memory they may; requests without a body still wait', () => {
    const { gate } = busy({ maxHeldBodyBytes: 1000 })

    const withBody = arrivals(gate, 3, () => new TestVisit('normal', 400))
    const without = arrival(gate)

    expect(outcomesOf(withBody)).toEqual(['', '', 'bytes'])
    expect(without.state).toBe('queued')
    expect(gate.stats().heldBodyBytes).toBe(800)
  })

  test('a higher class is predicted a shorter wait', () => {
    const { loop, gate } = busy({ sliceMs: 1 })
    arrivals(gate, 500, computing(loop, 10))
    while (gate.stats().predictedWaitMs.normal === 0) loop.turn()

    const { critical, normal } = gate.stats().predictedWaitMs

    expect(critical).toBe(0)
    expect(normal).toBeGreaterThan(1000)
  })

  test('a hundred that have expired do not make a turn long', () => {
    const { loop, gate } = busy({ maxWaitMs: 1000, sliceMs: 3 })
    const visits = arrivals(gate, 100)
    for (const visit of visits) visit.refuse = () => loop.stall(1)

    loop.turn(1001)

    expect(gate.stats().shed.expired).toBe(3)
  })
})

describe('clients that leave while they wait', () => {
  test('are dropped at once, never handled, and take no memory', () => {
    const { loop, gate } = busy()
    const withBody = () => arrival(gate, new TestVisit('normal', 100))
    const [first, leaving, last] = [withBody(), withBody(), withBody()]

    gate.leave(leaving)
    expect(gate.stats()).toMatchObject({ gone: 1, heldBodyBytes: 200, depth: { normal: 2 } })
    loop.turn()

    expect(outcomesOf([first, leaving, last])).toEqual(['admitted', '', 'admitted'])
  })

  test('are never handled if it is noticed only when it is their turn', () => {
    const { loop, gate } = busy()
    const visit = arrival(gate)
    visit.isAbsent = true

    loop.turn()

    expect(visit.outcomes).toEqual([])
    expect(gate.stats()).toMatchObject({ gone: 1, admitted: 1 })
  })

  test('can say so twice', () => {
    const { gate } = busy()
    const visit = arrival(gate)

    gate.leave(visit)
    gate.leave(visit)

    expect(gate.stats()).toMatchObject({ gone: 1, active: 1, depth: { normal: 0 } })
  })
})

describe('closing', () => {
  test('everything that waits is refused, and nothing is scheduled any more', () => {
    const { loop, gate } = busy({ capacity: 4 })
    const visits = arrivals(gate, 4)

    gate.close()
    gate.stop()
    loop.turn()

    expect(outcomesOf(visits)).toEqual(['closing', 'closing', 'closing', 'closing'])
    expect(loop.isScheduled).toBe(false)
    expect(gate.stats()).toMatchObject({ state: 'closing', sheddingForMs: 0 })
  })

  test('newcomers are still served while the loop turns in time, and refused otherwise', () => {
    const { loop, gate } = guarded()
    gate.close()

    const inTime = arrivals(gate, 1)
    loop.stall(45)
    const late = arrivals(gate, 1)

    expect(outcomesOf([...inTime, ...late])).toEqual(['admitted', 'closing'])
  })
})

describe('connections that queue in the kernel', () => {
  test('are let in before anything is started, once they show', () => {
    const { loop, gate } = guarded({ acceptSprintMs: 50 })
    for (let turn = 0; turn < 3; turn += 1) {
      gate.noteConnection()
      loop.turn()
    }

    const visits = arrivals(gate, 2)
    gate.noteConnection()
    loop.turn()
    expect(outcomesOf(visits)).toEqual(['', ''])

    loop.turn()
    expect(outcomesOf(visits)).toEqual(['admitted', 'admitted'])
  })

  test('a single connection is looked after for one turn, and then nothing is scheduled', () => {
    const { loop, gate } = guarded({ acceptSprintMs: 50 })

    gate.noteConnection()
    loop.turn()
    expect(loop.isScheduled).toBe(true)
    loop.turn()

    expect(loop.isScheduled).toBe(false)
  })
})

describe('what is told', () => {
  test('each outcome, with the class and the wait', () => {
    const { loop, gate, told } = busy({ maxWaitMs: 100 })
    arrival(gate)
    const gone = arrival(gate)
    arrival(gate, new TestVisit('sheddable'))
    loop.stall(5)
    gate.leave(gone)
    loop.turn(5)
    loop.stall(50)
    arrivals(gate, 1)
    loop.turn(101)

    expect(told).toEqual([
      { outcome: 'admitted', gateClass: 'normal', waitedMs: 0 },
      { outcome: 'gone', gateClass: 'normal', waitedMs: 5 },
      { outcome: 'admitted', gateClass: 'normal', waitedMs: 10 },
      { outcome: 'admitted', gateClass: 'sheddable', waitedMs: 10 },
      { outcome: 'shed', reason: 'expired', gateClass: 'normal', waitedMs: 101 },
    ])
  })

  test('how long those waited that were admitted', () => {
    const { loop, gate } = busy()
    arrivals(gate, 2)
    loop.turn(7)

    const { boundsMs, counts, sumMs } = gate.stats().waits
    expect(counts[boundsMs.indexOf(10)]).toBe(2)
    expect(sumMs).toBe(14)
  })

  test('for how long it has been refusing requests; a second without a refusal ends it', () => {
    const { loop, gate } = busy({ capacity: 1 })
    const refuse = () => arrivals(gate, 2)
    refuse()
    loop.stall(800)
    refuse()
    loop.stall(700)

    expect(gate.sheddingForMs()).toBe(1500)
    loop.stall(301)
    expect(gate.sheddingForMs()).toBe(0)
  })
})
