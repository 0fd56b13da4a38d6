import { expect, test } from 'vitest'
import { QUEUED_CLASSES, type QueuedClass } from '../src/gate-class.ts'
import { Gate } from '../src/gate.ts'
import { readSettings } from '../src/read-settings.ts'
import type { GateOutcome } from '../src/index.ts'
import { seededRandom } from '@sluice/testing'
import { StandingLoop } from './support/standing-loop.ts'
import { TestVisit } from './support/test-visit.ts'

const CAPACITY = 8
const MAX_BODY_BYTES = 1000

/** A server with random events: arrivals, clients that disconnect, responses, stalls, connections, and its end. */
class RandomServer {
  readonly loop = new StandingLoop()
  readonly reported: GateOutcome[] = []
  readonly visits: TestVisit[] = []
  readonly admitted: TestVisit[] = []
  readonly gate = new Gate(
    this.loop,
    readSettings({ capacity: CAPACITY, maxHeldBodyBytes: MAX_BODY_BYTES, maxWaitMs: 100, minWaitMs: 20 }),
    (outcome) => this.reported.push(outcome),
  )
  readonly #random: () => number
  #isOpen = true

  constructor(seed: number) {
    this.#random = seededRandom(seed)
  }

  run(steps: number): void {
    for (let step = 0; step < steps; step += 1) {
      this.#step()
      this.#checkBounds()
    }
    this.#close()
    for (const visit of this.visits) this.gate.leave(visit)
    for (let tick = 0; tick < 3; tick += 1) this.loop.tick(10)
  }

  #step(): void {
    const happens: [share: number, event: () => void][] = [
      [0.5, () => this.#arrive()],
      [0.65, () => this.loop.tick(this.#upTo(20))],
      [0.75, () => this.loop.stall(this.#upTo(60))],
      [0.9, () => this.#leave()],
      [0.95, () => this.gate.noteConnection()],
      [0.9996, () => this.#vanish()],
      [1, () => this.#close()],
    ]
    const drawn = this.#random()
    happens.find(([share]) => drawn < share)?.[1]()
  }

  #arrive(): void {
    const gateClass: QueuedClass = QUEUED_CLASSES[this.#upTo(3)] ?? 'normal'
    const visit = new TestVisit(gateClass, this.#upTo(4) * 100)
    visit.handler = () => {
      this.admitted.push(visit)
      this.loop.stall(this.#upTo(4))
      if (this.#random() < 0.2) this.gate.leave(visit)
    }
    this.visits.push(visit)
    this.gate.arrive(visit)
  }

  #leave(): void {
    const visit = this.visits[this.#upTo(this.visits.length)]
    if (visit !== undefined) this.gate.leave(visit)
  }

  /** A client disconnects, and the gate does not notice. */
  #vanish(): void {
    const visit = this.visits.findLast(({ state }) => state === 'queued')
    if (visit !== undefined) visit.isAbsent = true
  }

  #close(): void {
    if (this.#isOpen) this.gate.close()
    this.#isOpen = false
  }

  #checkBounds(): void {
    const { depth, heldBodyBytes } = this.gate.stats()
    const waiting = this.visits.filter(({ state }) => state === 'queued')
    expect(Math.max(...Object.values(depth))).toBeLessThanOrEqual(CAPACITY)
    expect(heldBodyBytes).toBeLessThanOrEqual(MAX_BODY_BYTES)
    expect(depth.critical + depth.normal + depth.sheddable).toBe(waiting.length)
    expect(heldBodyBytes).toBe(waiting.reduce((sum, { bodyBytes }) => sum + bodyBytes, 0))
    expect(waiting.length === 0 || this.loop.isTickScheduled).toBe(true)
  }

  #upTo(limit: number): number {
    return Math.floor(this.#random() * limit)
  }
}

test.each(Array.from({ length: 15 }, (_, seed) => [seed]))('each request has exactly one outcome (seed %i)', (seed) => {
  const server = new RandomServer(seed)

  server.run(1500)

  const { visits, reported, gate, loop } = server
  const { admitted, shed, gone } = gate.stats()
  const refused = Object.values(shed).reduce((sum, count) => sum + count, 0)
  expect(admitted + refused + gone).toBe(visits.length)
  expect(reported).toHaveLength(visits.length)
  expect(visits.filter(({ outcomes }) => outcomes.length > 1)).toEqual([])
  expect(visits.filter(({ outcomes }) => outcomes.length === 0)).toHaveLength(gone)
  expect({ active: gate.stats().active, isTickScheduled: loop.isTickScheduled }).toEqual({
    active: 0,
    isTickScheduled: false,
  })
})

test.each([[1], [2], [3]])('within a class requests are started in the order of their arrival (seed %i)', (seed) => {
  const server = new RandomServer(seed)

  server.run(1500)

  for (const gateClass of QUEUED_CLASSES) {
    const started = server.admitted.filter((visit) => visit.gateClass === gateClass)
    const came = server.visits.filter((visit) => started.includes(visit))
    expect(started).toEqual(came)
  }
})
