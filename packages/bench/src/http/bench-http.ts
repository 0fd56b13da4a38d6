import { freePort, startProcess, type RunningProcess } from '@sluice/testing/servers'
import { openArena, type Arena } from '../speed/arena.ts'
import { race, ratios, spread, tasksPerSecond, type Heat, type Row } from '../speed/contender.ts'
import { ALL_CRITERIA, SluiceContender } from '../speed/sluice-contender.ts'
import { startWorker } from '../workers.ts'
import { LoopContender } from './loop-contender.ts'

const SLOTS = 100

interface Cell {
  /** How long the upstream takes to answer, in ms. */
  takesMs: number
  calls: number
}

/** An upstream that answers at once shows what a call costs, one that takes 20 ms whether slots stay busy. */
const CELLS: Cell[] = [
  { takesMs: 0, calls: 200_000 },
  { takesMs: 20, calls: 40_000 },
]

/** V8 compiles during the first 100,000 calls of the worker, which take a third more time. The loop has as many. */
const WARM_UP = 1

/** Measures the rate of `http` tasks of one worker, against a loop around undici with as many calls at once. */
export async function benchHttp(runs: number): Promise<Row[]> {
  await using arena = await openArena()
  const rows: Row[] = []
  for (const cell of CELLS) rows.push(...(await measureHttp(arena, cell, runs)))
  return rows
}

async function measureHttp(arena: Arena, { takesMs, calls }: Cell, runs: number): Promise<Row[]> {
  const port = await freePort()
  await using started = new AsyncDisposableStack()
  started.use(await startUpstream(port))
  const worker = started.use(await startCallingWorker(arena.redisUrl))
  const loop = started.use(await LoopContender.start(SLOTS))
  const options = { pids: [worker.pid ?? 0], slots: SLOTS, criteria: ALL_CRITERIA, type: 'http' }
  const sluice = new SluiceContender(arena.engine, 'Sluice, all criteria', options)
  const entries = [sluice, loop].map((contender) => ({ contender, tasks: calls }))
  const heats = await race(arena.redis, entries, { url: `http://127.0.0.1:${port}/${takesMs}` }, runs, {
    warmUp: WARM_UP,
  })
  const peer = heats.get(loop.name) ?? []
  return [...heats].map(([contender, own]) => ({
    'upstream, ms': takesMs,
    contender,
    calls,
    ...describe(own, peer),
    runs,
  }))
}

function describe(heats: readonly Heat[], peer: readonly Heat[]): Row {
  const rates = heats.map(tasksPerSecond)
  const share = spread(ratios(rates, peer.map(tasksPerSecond)))
  return {
    'calls/s': spread(rates).median,
    range: spread(rates).range,
    'times the loop': share.median,
    'range of times': share.range,
    'process, us/call': spread(heats.map(({ workerMs, tasks }) => (workerMs * 1000) / tasks)).median,
    'Redis, us/call': spread(heats.map(({ redisMs, tasks }) => (redisMs * 1000) / tasks)).median,
  }
}

async function startUpstream(port: number): Promise<RunningProcess> {
  const entry = new URL('http-upstream.ts', import.meta.url)
  return await startProcess({ entry, args: [String(port)], ready: /the upstream is ready/ })
}

async function startCallingWorker(redisUrl: string): Promise<RunningProcess> {
  return await startWorker({ redisUrl, concurrency: SLOTS }, { SLUICE_HTTP_ALLOW_HOSTS: '127.0.0.1' })
}
