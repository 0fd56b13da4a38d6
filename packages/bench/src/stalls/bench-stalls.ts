import { setTimeout as sleep } from 'node:timers/promises'
import { ANONYMOUS_API, freePort, type RunningProcess, startProcess, startRedis } from '@sluice/testing/servers'
import { percentile } from '@sluice/testing/benchmarks'
import { nestedArray, oneDeepNest, spacedArray, taskArray, wrongArray } from './bodies.ts'

const API_MAIN = process.env['BENCH_API_MAIN'] ?? new URL('../../../../apps/api/src/main.ts', import.meta.url).href

/** A request to the API that is measured repeatedly. */
interface Call {
  what: string
  method: 'GET' | 'POST'
  path: string
  body?: string | undefined
  mediaType?: string
  headers?: Record<string, string>
}

/** Measures how long a large request blocks the event loop of an otherwise idle API. */
export async function benchStalls(runs: number): Promise<object[]> {
  await using started = new AsyncDisposableStack()
  const server = started.use(await startRedis({ exclusive: true }))
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const api = started.use(
    await startProcess({
      entry: new URL('probed-api.ts', import.meta.url),
      ready: `${url}/readyz`,
      env: {
        ...ANONYMOUS_API,
        API_MAIN,
        SLUICE_REDIS_URL: server.url,
        SLUICE_PORT: String(port),
        SLUICE_LOG_LEVEL: 'warn',
      },
    }),
  )
  const rows: object[] = []
  for (const call of await prepare(url)) rows.push(await measure(api, url, call, runs))
  return rows
}

async function prepare(url: string): Promise<Call[]> {
  const small = taskArray(160)
  const large = taskArray(200_000)
  const [bodySmall, bodyLarge] = [`{"type":"none","tasks":${small}}`, `{"type":"none","tasks":${large}}`]
  const smallId = await create(url, bodySmall)
  const largeId = await create(url, bodyLarge)
  const open = await create(url, '{"type":"none"}')
  const metadata = { text: 'x'.repeat(16_000) }
  for (let n = 0; n < 200; n += 1) await create(url, JSON.stringify({ metadata }))
  const create10 = (what: string, body: string): Call => ({ what, method: 'POST', path: '/v1/batches', body })
  return [
    create10('create, 10 MB of tasks of 160 bytes', bodySmall),
    { ...create10('the same with an Idempotency-Key', bodySmall), headers: { 'idempotency-key': 'bench' } },
    create10('create, 10 MB of tasks of 200 KB', bodyLarge),
    create10('create, 10 MB of payloads 190 levels deep', `{"type":"none","tasks":${nestedArray()}}`),
    create10('create, 10 MB of whitespace and escapes', `{"type":"none","tasks":${spacedArray()}}`),
    create10('refused: 10 MB of invalid tasks', `{"type":"none","tasks":${wrongArray()}}`),
    create10('refused: metadata of 10 MB', `{"metadata":{"a":${small}}}`),
    create10('refused: one array, nested 5,000,000 levels deep', oneDeepNest()),
    { what: 'append, JSON array of 10 MB', method: 'POST', path: `/v1/batches/${open}/tasks`, body: small },
    {
      what: 'append, NDJSON of 10 MB',
      method: 'POST',
      path: `/v1/batches/${open}/tasks`,
      mediaType: 'application/x-ndjson',
      body: small.slice(1, -1).replaceAll('},{', '}\n{'),
    },
    { what: 'list 1,000 tasks of 160 bytes', method: 'GET', path: `/v1/batches/${smallId}/tasks?pageSize=1000` },
    { what: 'list 1,000 tasks of 200 KB', method: 'GET', path: `/v1/batches/${largeId}/tasks?pageSize=1000` },
    { what: 'results of 65,000 tasks of 160 bytes', method: 'GET', path: `/v1/batches/${smallId}/results` },
    { what: 'results of 52 tasks of 200 KB', method: 'GET', path: `/v1/batches/${largeId}/results` },
    { what: 'report', method: 'GET', path: `/v1/batches/${smallId}/report` },
    { what: 'list 200 batches with 16 KB of metadata', method: 'GET', path: '/v1/batches?pageSize=200' },
  ]
}

async function create(url: string, body: string): Promise<string> {
  const response = await send(url, { what: '', method: 'POST', path: '/v1/batches', body })
  return (JSON.parse(response.text) as { id: string }).id
}

interface Stall {
  /** The longest time for which the event loop was blocked, in ms. */
  longestMs: number
  /** The most processor time used in one tick, in ms: the length of the stall on an idle machine. */
  processorMs: number
}

async function measure(api: RunningProcess, url: string, call: Call, runs: number): Promise<object> {
  const stalls: Stall[] = []
  const times: number[] = []
  let status = 0
  for (let run = 0; run <= runs; run += 1) {
    await takeStall(api)
    const from = performance.now()
    ;({ status } = await send(url, call))
    times.push(performance.now() - from)
    stalls.push(await takeStall(api))
  }
  // V8 compiles during the first run.
  const [first, ...warm] = stalls
  const used = warm.map(({ processorMs }) => processorMs)
  return {
    request: call.what,
    status,
    runs,
    'CPU: median, ms': percentile(used, 0.5),
    'CPU: longest, ms': Math.max(...used),
    'CPU: first run, ms': first?.processorMs,
    'elapsed: median, ms': percentile(
      warm.map(({ longestMs }) => longestMs),
      0.5,
    ),
    'response time: median, ms': Math.round(percentile(times.slice(1), 0.5)),
  }
}

async function send(url: string, { method, path, body, mediaType = 'application/json', headers }: Call) {
  const response = await fetch(url + path, {
    method,
    ...(body !== undefined && { body, headers: { 'content-type': mediaType, ...headers } }),
  })
  return { status: response.status, text: await response.text() }
}

/** Returns the longest stall of the API since the previous call. */
async function takeStall(api: RunningProcess): Promise<Stall> {
  const before = api.output.length
  process.kill(api.pid ?? 0, 'SIGUSR2')
  for (;;) {
    const found = /longest stall ([\d.]+) ms, processor ([\d.]+) ms/.exec(api.output.slice(before))
    if (found !== null) return { longestMs: Number(found[1]), processorMs: Number(found[2]) }
    await sleep(5)
  }
}
