import { setTimeout as sleep } from 'node:timers/promises'
import { startFleet, type Fleet } from './fleet.ts'
import { judgeAnswer, KNOWN_UPSTREAMS, type Answer, type KnownUpstream } from './upstreams.ts'

/** The largest burst. The other budgets are those of a request without budgets. */
const BUDGETS = { maxConcurrency: 100 }

/** How many slow detections run at the same time. They mostly wait, so they hardly disturb each other. */
const SLOW_AT_ONCE = 3
const POLL_MS = 500

/** The part of a detection, as `GET /v1/detections/:id` returns it, that the benchmark reads. */
interface Detection {
  state: string
  result: {
    concurrency: { limit: number | null }
    recommended: { limit: { rules: { max: number; perMs: number }[] } | null; concurrency: number | null }
    confidence: string
    cost: { requests: number; rejections: number; durationMs: number }
  } | null
  error: { reason: string } | null
}

/**
 * Detects the limits of all known upstreams as a client does: through the API, by workers, against the mock upstream as
 * processes of their own. Fast detections run one after the other, because they measure times.
 */
export async function benchDetection(runs: number): Promise<object[]> {
  await using fleet = await startFleet()
  await fleet.addWorker()
  const rows: object[] = []
  for (let run = 1; run <= runs; run += 1) {
    for (const upstream of KNOWN_UPSTREAMS.filter(({ isSlow }) => !isSlow))
      rows.push(await measure(fleet, upstream, run))
  }
  for (let workers = 1; workers < SLOW_AT_ONCE; workers += 1) await fleet.addWorker()
  const slow = KNOWN_UPSTREAMS.filter(({ isSlow }) => isSlow)
  for (let run = 1; run <= runs; run += 1) {
    rows.push(...(await Promise.all(slow.map((upstream) => measure(fleet, upstream, run)))))
  }
  return rows
}

async function measure(fleet: Fleet, upstream: KnownUpstream, run: number): Promise<object> {
  const detection = await detect(fleet, upstream)
  const { result, error } = detection
  const [rule] = result?.recommended.limit?.rules ?? []
  const answer: Answer = {
    refusal: error?.reason ?? null,
    concurrency: result?.concurrency.limit ?? null,
    perSecond: rule === undefined ? null : (rule.max / rule.perMs) * 1000,
    confidence: result?.confidence ?? null,
  }
  const row = {
    run,
    upstream: upstream.name,
    verdict: judgeAnswer(upstream, answer),
    'at once': answer.refusal ?? answer.concurrency,
    'recommended/s': answer.perSecond === null ? null : Number(answer.perSecond.toPrecision(3)),
    'of the truth %': shareOf(answer.perSecond, upstream.perSecond),
    confidence: answer.confidence,
    calls: result?.cost.requests,
    rejected: result?.cost.rejections,
    seconds: result && Math.round(result.cost.durationMs / 1000),
  }
  console.log(Object.values(row).join(' | '))
  return row
}

function shareOf(found: number | null, truth: number | undefined): number | null {
  return found === null || truth === undefined ? null : Math.round((found / truth) * 100)
}

/** Creates the upstream anew, with its whole allowance, and runs a detection of its limits to its end. */
async function detect({ apiUrl, mockUrl }: Fleet, { name, service }: KnownUpstream): Promise<Detection> {
  const path = encodeURIComponent(name)
  await send(`${mockUrl}/service/${path}`, service)
  const { id } = await send<{ id: string }>(`${apiUrl}/v1/detections`, {
    url: `${mockUrl}/mock/${path}`,
    budgets: BUDGETS,
  })
  for (;;) {
    await sleep(POLL_MS)
    const detection = (await (await fetch(`${apiUrl}/v1/detections/${id}`)).json()) as Detection
    if (!['pending', 'running'].includes(detection.state)) return detection
  }
}

async function send<T>(url: string, body: object): Promise<T> {
  const headers = { 'content-type': 'application/json' }
  const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) })
  if (!response.ok) throw new Error(`${url} answered ${response.status}: ${await response.text()}`)
  return (await response.json()) as T
}
