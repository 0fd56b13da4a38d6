import { createApiKey } from '@sluice/engine'
import { ApiProcess } from '../speed/api-process.ts'
import { openArena } from '../speed/arena.ts'
import { ndjson, httpTask } from '../speed/bench-intake.ts'
import { ratios, spread, type Row } from '../speed/contender.ts'
import { processorMs } from '../speed/processor-time.ts'
import { requestBytes, saturate } from './saturating-client.ts'

const TASKS = 200_000

interface Work {
  name: string
  /** Requests or tasks of one run. */
  units: number
  perform: (headers: Readonly<Record<string, string>>) => Promise<void>
}

/** What one run took of the API. */
interface Heat {
  perSecond: number
  /** Processor time of the API for one request or task, in µs. */
  micros: number
}

/**
 * Who sends the requests of a run. `header` is anonymous, too, and sends a header of the same size that nothing reads: the
 * part of the cost that is the size of the request.
 */
const SENDERS = ['anonymous', 'header', 'key'] as const

type Round = Record<(typeof SENDERS)[number], Heat>

/**
 * Compares requests with an API key with anonymous ones. One API process serves all, so that nothing else differs. The
 * rounds go forwards and backwards in turn; the first one, in which V8 compiles, does not count.
 */
export async function benchAccess(runs: number): Promise<Row[]> {
  await using arena = await openArena()
  await using api = await ApiProcess.start(arena.redisUrl, { SLUICE_MAX_REQUESTS_PER_SECOND: '1000000' })
  const { text } = await createApiKey(arena.engine, { name: 'bench', role: 'admin' }, 'command')
  const rows: Row[] = []
  for (const work of worksOf(api)) {
    const rounds: Round[] = []
    for (let run = 0; run <= runs; run += 1) {
      const round = await measureRound(api, work, text, run % 2 === 0)
      if (run > 0) rounds.push(round)
    }
    rows.push(rowOf(work, rounds))
  }
  return rows
}

function worksOf(api: ApiProcess): Work[] {
  const port = Number(new URL(api.url).port)
  const many = (name: string, units: number, status: number, line: string, body?: string): Work => ({
    name,
    units,
    perform: (headers) => saturate(port, requestBytes(line, headers, body), { status, requests: units }),
  })
  const chunks = [...ndjson(TASKS, httpTask)]
  return [
    many('GET /v1/session', 60_000, 200, 'GET /v1/session'),
    many('POST /v1/batches with a task', 3000, 201, 'POST /v1/batches', `{"tasks":[${httpTask(0)}]}`),
    {
      name: `an upload of ${TASKS} tasks`,
      units: TASKS,
      perform: async (headers) => api.append(await api.create({}), chunks, headers),
    },
  ]
}

async function measureRound(api: ApiProcess, work: Work, key: string, isForwards: boolean): Promise<Round> {
  const headers = { anonymous: {}, header: { 'x-nothing': key }, key: { 'x-api-key': key } }
  const round: Partial<Round> = {}
  for (const sender of isForwards ? SENDERS : SENDERS.toReversed()) {
    round[sender] = await measure(api, work, headers[sender])
  }
  return round as Round
}

async function measure(api: ApiProcess, { units, perform }: Work, headers: Record<string, string>): Promise<Heat> {
  const [from, before] = [performance.now(), await processorMs([api.pid])]
  await perform(headers)
  const micros = (((await processorMs([api.pid])) - before) * 1000) / units
  return { perSecond: (units * 1000) / (performance.now() - from), micros }
}

function rowOf({ name }: Work, rounds: readonly Round[]): Row {
  const of = (sender: keyof Round, what: keyof Heat) => rounds.map((round) => round[sender][what])
  const compare = (what: keyof Heat, base: keyof Round) => spread(ratios(of('key', what), of(base, what)))
  const [rate, micros] = [compare('perSecond', 'anonymous'), compare('micros', 'anonymous')]
  return {
    work: name,
    rounds: rounds.length,
    'anonymous/s': spread(of('anonymous', 'perSecond')).median,
    'with a key/s': spread(of('key', 'perSecond')).median,
    'times anonymous': rate.median,
    range: rate.range,
    'times as large': compare('perSecond', 'header').median,
    'range as large': compare('perSecond', 'header').range,
    'CPU, µs': spread(of('key', 'micros')).median,
    'times its CPU': micros.median,
    'range of CPU': micros.range,
    'CPU as large': compare('micros', 'header').median,
  }
}
