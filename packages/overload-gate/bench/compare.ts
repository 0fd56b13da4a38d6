import { CLIENT_TIMEOUT_MS, judge, summarise, type Verdict } from './judge.ts'
import { runLoad } from './run-load.ts'
import type { Framework } from './server.ts'
import type { Scenario } from './scenarios.ts'
import { schedule } from './schedule.ts'
import type { Variant } from './variants.ts'

export interface Bench {
  framework: Framework
  /** The requests per second that the unguarded server serves. */
  capacity: number
  stepsPerPhase: number
}

export type Connections = 'kept' | 'new'

/** Runs a scenario against one guard. The schedule depends only on `run`, so it is the same for every guard. */
export async function measure(
  { framework, capacity, stepsPerPhase }: Bench,
  cell: { scenario: Scenario; connections: Connections; variant: Variant; run: number },
): Promise<Verdict> {
  const { scenario, connections, variant, run } = cell
  const times = schedule(scenario.phases(capacity), run + 1)
  const load = { path: '/work', times, connections, poolSize: scenario.poolSize, timeoutMs: CLIENT_TIMEOUT_MS }
  return judge(await runLoad({ framework, variant, stepsPerPhase }, load))
}

/** Measures one row per guard. The runs alternate forwards and backwards, so that disturbances affect all guards. */
export async function compare(
  bench: Bench,
  cell: { scenario: Scenario; connections: Connections },
  variants: readonly Variant[],
  runs: number,
): Promise<object[]> {
  const verdicts = new Map<Variant, Verdict[]>(variants.map((variant) => [variant, []]))
  for (let run = 0; run < runs; run += 1) {
    for (const variant of run % 2 === 0 ? variants : variants.toReversed()) {
      verdicts.get(variant)?.push(await measure(bench, { ...cell, variant, run }))
    }
  }
  return variants.map((variant) => ({
    scenario: cell.scenario.name,
    connections: cell.connections,
    gate: variant.name,
    ...summarise(verdicts.get(variant) ?? []),
  }))
}
