import { measureCapacity } from './capacity.ts'
import { type Bench, compare } from './compare.ts'
import { SCENARIOS } from './scenarios.ts'
import { best } from './tune-peers.ts'
import {
  NO_GATE,
  OURS,
  TOOBUSY_DEFAULT,
  TOOBUSY_GRID,
  UNDER_PRESSURE_DEFAULT,
  UNDER_PRESSURE_GRID,
  type Variant,
} from './variants.ts'

/**
 * Compares the overload gate with no gate, @fastify/under-pressure and toobusy-js. The latter two run with their
 * defaults and with the best settings of a small grid. The benchmark requires a quiet machine, because it discards runs
 * in which the client could not keep its schedule.
 */
export async function benchGate(runs: number): Promise<object[]> {
  const bench = await measureCapacity('fastify')
  console.log(`The unguarded server serves ${bench.capacity} requests per second.`)
  const peers = [await best(bench, UNDER_PRESSURE_GRID), await best(bench, TOOBUSY_GRID)]
  console.log(`Best settings: ${peers.map(({ name }) => name).join(', ')}.`)

  const variants = [NO_GATE, UNDER_PRESSURE_DEFAULT, TOOBUSY_DEFAULT, ...peers, OURS]
  return await compareAll(bench, variants, runs)
}

/** Compares the gate as middleware of Express 5 with no gate and with toobusy-js, which has its defaults. */
export async function benchExpressGate(runs: number): Promise<object[]> {
  const bench = await measureCapacity('express')
  console.log(`The unguarded server serves ${bench.capacity} requests per second.`)
  return await compareAll(bench, [NO_GATE, TOOBUSY_DEFAULT, OURS], runs)
}

async function compareAll(bench: Bench, variants: readonly Variant[], runs: number): Promise<object[]> {
  const rows: object[] = []
  for (const scenario of SCENARIOS) {
    for (const connections of ['kept', 'new'] as const) {
      rows.push(...(await compare(bench, { scenario, connections }, variants, runs)))
    }
  }
  return rows
}
