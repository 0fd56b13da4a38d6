import { describe, expect, test } from 'vitest'
import type { GateOptions } from '../src/index.ts'
import { seededRandom } from '@sluice/testing'
import { SimulatedServer, type Simulation } from './support/simulated-server.ts'

/** Requests a second that the simulated server serves. */
const CAPACITY = 300

/** Periods of random arrivals, as [seconds, load as a multiple of the capacity]. */
type Load = readonly (readonly [seconds: number, load: number])[]

const SHORT_BURST: Load = [[0.3, 0.5], [0.3, 3], [1.5, 0.5]] // prettier-ignore
const LONG_BURST: Load = [[0.3, 0.5], [1, 5], [2, 0.5]] // prettier-ignore
const SUSTAINED: Load = [[5, 2]]

function simulate(load: Load, connections: 'kept' | 'new', options?: GateOptions): Simulation {
  const random = seededRandom(1)
  const times: number[] = []
  let start = 0
  for (const [seconds, factor] of load) {
    const end = start + seconds * 1000
    const gap = () => (-Math.log(1 - random()) * 1000) / (CAPACITY * factor)
    for (let at = start + gap(); at < end; at += gap()) times.push(at)
    start = end
  }
  return new SimulatedServer(times, connections, options).run()
}

function goodPercent({ requests }: Simulation): number {
  const good = requests.filter(({ status, latencyMs = Infinity }) => status === 200 && latencyMs <= 1500)
  return (100 * good.length) / requests.length
}

function latencies({ requests }: Simulation, status: 200 | 503): number[] {
  return requests.flatMap((each) => (each.status === status ? [each.latencyMs ?? 0] : [])).toSorted((a, b) => a - b)
}

function quantile(values: readonly number[], share: number): number {
  return values[Math.floor((values.length - 1) * share)] ?? 0
}

const connections = ['kept', 'new'] as const

describe.each(connections)('over %s connections', (kind) => {
  test('a short burst is served in full, and no tick is long', () => {
    const simulation = simulate(SHORT_BURST, kind, {})

    expect(goodPercent(simulation)).toBe(100)
    expect(simulation.longestStallMs).toBeLessThan(70)
  })

  test('in a long burst no client waits until it gives up', () => {
    const waits = (simulation: Simulation) => simulation.requests.filter(({ latencyMs = Infinity }) => latencyMs > 2000)

    const gated = simulate(LONG_BURST, kind, {})

    expect(waits(gated)).toEqual([])
    expect(waits(simulate(LONG_BURST, kind)).length).toBeGreaterThan(300)
    expect(gated.longestStallMs).toBeLessThan(70)
  })

  test('under sustained overload nearly as many requests as possible are served in time, and the rest is refused early', () => {
    const gated = simulate(SUSTAINED, kind, {})

    expect(goodPercent(gated)).toBeGreaterThan(kind === 'kept' ? 45 : 38)
    expect(quantile(latencies(gated, 200), 0.99)).toBeLessThan(1100)
    expect(quantile(latencies(gated, 503), 0.5)).toBeLessThan(50)
  })

  test('with half of what can be served the gate changes nothing', () => {
    const calm = simulate([[5, 0.5]], kind, {})
    const without = simulate([[5, 0.5]], kind)

    expect(goodPercent(calm)).toBe(100)
    expect(quantile(latencies(calm, 200), 0.99)).toBeLessThan(quantile(latencies(without, 200), 0.99) + 5)
  })
})

test('without the gate one tick serves all requests that have arrived, however long that takes', () => {
  expect(simulate(SHORT_BURST, 'kept').longestStallMs).toBeGreaterThan(300)
})

test('without the accept sprint clients wait in the queue of the kernel', () => {
  const waits = (options: GateOptions) =>
    simulate(LONG_BURST, 'new', options).requests.map(({ latencyMs = 0 }) => latencyMs)

  expect(Math.max(...waits({}))).toBeLessThan(1500)
  expect(Math.max(...waits({ acceptSprintMs: 0 }))).toBeGreaterThan(3000)
})
