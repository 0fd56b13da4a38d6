import { createBatch, putLimit, putQueue, type Engine, type LimitRule } from '@sluice/engine'
import type { RunningProcess } from '@sluice/testing/servers'
import { setTimeout as sleep } from 'node:timers/promises'
import { percentile } from '@sluice/testing/benchmarks'
import { untilCompleted } from '../until-completed.ts'
import { callsPerStart, startLimitedWorkers } from './limited-workers.ts'
import { Upstream, type Arrival } from './upstream.ts'
import { mostInAnyWindow, usedShare } from './windows.ts'

const WORKERS = 4
const SLOTS = 50

/** How often the batch is read, in ms. Reading it more often would load the Redis that the limiter uses. */
const POLL_MS = 100

/** What happens to the workers during the measurement. */
type Disturbance = 'none' | 'one worker killed' | 'one worker stopped for 2 s' | '429 with Retry-After'

interface Scenario {
  rules: LimitRule[]
  /** The weights that tasks have, in rotation. */
  weights: readonly number[]
  /** How many windows of the longest rule are judged. */
  windows: number
  disturbance: Disturbance
}

const PER_SECOND: LimitRule[] = [{ unit: 'requests', max: 200, perMs: 1000 }]
const PER_TEN_SECONDS: LimitRule[] = [{ unit: 'requests', max: 600, perMs: 10_000 }]
const WITH_TOKENS: LimitRule[] = [...PER_SECOND, { unit: 'tokens', max: 10_000, perMs: 1000 }]

const SCENARIOS: Scenario[] = [
  { rules: PER_SECOND, weights: [1], windows: 12, disturbance: 'none' },
  { rules: WITH_TOKENS, weights: [1, 30, 70, 150], windows: 12, disturbance: 'none' },
  { rules: PER_SECOND, weights: [1], windows: 20, disturbance: 'one worker killed' },
  { rules: PER_SECOND, weights: [1], windows: 12, disturbance: 'one worker stopped for 2 s' },
  { rules: PER_SECOND, weights: [1], windows: 12, disturbance: '429 with Retry-After' },
  { rules: PER_TEN_SECONDS, weights: [1], windows: 10, disturbance: 'none' },
]

/**
 * Measures whether four workers with 50 slots each keep a limit together. The upstream's own record of arrivals is the
 * evidence: the most in any window, and the share of the limit that was used.
 */
export async function benchLimits(engine: Engine, redisUrl: string, runs: number): Promise<object[]> {
  const rows: object[] = []
  for (const scenario of SCENARIOS) {
    for (let run = 1; run <= runs; run += 1) rows.push(await measure(engine, redisUrl, scenario))
  }
  return rows
}

async function measure(engine: Engine, redisUrl: string, scenario: Scenario): Promise<object> {
  await using started = new AsyncDisposableStack()
  const upstream = started.use(await Upstream.start())
  await upstream.serve(scenario.weights)
  const workers = started.use(await startLimitedWorkers({ redisUrl, count: WORKERS, concurrency: SLOTS }))
  await warmUp(engine, upstream, scenario)
  // Each run has its own limit, so that the ledger of the previous run does not count.
  const limit = `bench-${Date.now()}`
  await putLimit(engine, limit, { rules: scenario.rules })
  await putQueue(engine, 'default', { limit, concurrency: WORKERS * SLOTS })

  const counted = await workers.readCounts()
  const id = await submit(engine, upstream, scenario)
  await disturb(scenario, workers.processes)
  await untilCompleted(engine, id, POLL_MS)
  const { arrivals, refused } = await upstream.arrivals()
  const after = await workers.readCounts()
  return {
    ...judge(scenario, arrivals),
    refused,
    'script calls per start': callsPerStart(counted, after),
    'late permits': after.late - counted.late,
  }
}

/** Opens the connections and lets V8 compile, because neither is the limiter's delay. */
async function warmUp(engine: Engine, upstream: Upstream, { weights }: Scenario): Promise<void> {
  await putQueue(engine, 'default', { concurrency: WORKERS * SLOTS })
  const tasks = Array.from({ length: 3000 }, (_, i) =>
    JSON.stringify({ payload: { url: upstream.urlOf(weights[i % weights.length]!) } }),
  )
  const { batch } = await createBatch(engine, { type: 'http', tasks })
  await untilCompleted(engine, batch.id, POLL_MS)
  await upstream.forget()
}

async function submit(engine: Engine, upstream: Upstream, { rules, weights, windows, disturbance }: Scenario) {
  const [first] = rules
  const longest = Math.max(...rules.map(({ perMs }) => perMs))
  // Tasks for the judged windows, the first window, and one more.
  const count = Math.ceil((first!.max / first!.perMs) * longest * (windows + 2))
  const urls = Array.from({ length: count }, (_, i) => weights[i % weights.length]!)
  const tasks = urls.map((tokens) => JSON.stringify({ payload: { url: upstream.urlOf(tokens) }, weights: { tokens } }))
  if (disturbance === '429 with Retry-After') {
    const task = JSON.stringify({ payload: { url: upstream.refuserUrl } })
    const middle = Math.floor(count / 3)
    tasks.splice(middle, 2, task, task)
  }
  const { batch } = await createBatch(engine, { type: 'http', tasks })
  return batch.id
}

async function disturb({ disturbance }: Scenario, [worker]: readonly RunningProcess[]): Promise<void> {
  if (disturbance === 'none' || disturbance === '429 with Retry-After') return
  await sleep(4000)
  if (disturbance === 'one worker killed') return void (await worker?.kill())
  process.kill(worker?.pid ?? 0, 'SIGSTOP')
  await sleep(2000)
  process.kill(worker?.pid ?? 0, 'SIGCONT')
}

function judge({ rules, windows, disturbance }: Scenario, arrivals: readonly Arrival[]): object {
  const describe = ({ unit, max, perMs }: LimitRule) => `${max} ${unit} per ${perMs / 1000} s`
  return {
    limit: rules.map(describe).join(' + '),
    disturbance,
    'most in any window': rules.map((rule) => mostInAnyWindow(arrivals, rule)).join(' / '),
    'utilisation %': rules.map((rule) => percent(usedShare(arrivals, rule, windows))).join(' / '),
    'most in 100 ms': mostInAnyWindow(arrivals, { unit: 'requests', max: 0, perMs: 100 }),
    'gap p99 ms': percentile(gaps(arrivals), 0.99),
  }
}

function gaps(arrivals: readonly Arrival[]): number[] {
  return arrivals.slice(1).map(({ at }, i) => at - (arrivals[i]?.at ?? at))
}

function percent(share: number): number {
  return Math.round(share * 1000) / 10
}
