import { percentile } from '@sluice/testing/benchmarks'
import type { Run } from './run-load.ts'

/** The latest good response, in ms from the scheduled time of its request. */
const SLO_MS = 1500

/** The timeout of the client, in ms. */
export const CLIENT_TIMEOUT_MS = 3000

/** The largest acceptable lateness of the client, in ms (99th percentile). A later client measures itself. */
const MOST_LATENESS_MS = Number(process.env['BENCH_LATENESS_MS'] ?? 5)

/** The result of one run. Times in ms. */
export interface Verdict {
  /** 2xx responses within `SLO_MS`, as a percentage of the requests sent. */
  goodPercent: number
  okP50: number
  okP99: number
  allP50: number
  allP99: number
  /** The median time to a 503. */
  refusedP50: number
  timeouts: number
  longestStall: number
  sendLatenessP99: number
}

export function judge({ client, server }: Run): Verdict {
  const { statuses, latenciesMs, latenessMs } = client
  const ok = latenciesMs.filter((_, index) => isOk(statuses[index]))
  const refused = latenciesMs.filter((_, index) => statuses[index] === 503)
  return {
    goodPercent: (100 * ok.filter((latency) => latency <= SLO_MS).length) / statuses.length,
    okP50: percentile(ok, 0.5),
    okP99: percentile(ok, 0.99),
    allP50: percentile(latenciesMs, 0.5),
    allP99: percentile(latenciesMs, 0.99),
    refusedP50: percentile(refused, 0.5),
    timeouts: statuses.filter((status) => status === -1).length,
    longestStall: server.longestStallMs,
    sendLatenessP99: percentile(latenessMs, 0.99),
  }
}

/** Returns whether the client kept its schedule. Otherwise the run says nothing about the server. */
export function isFair({ sendLatenessP99 }: Verdict): boolean {
  return sendLatenessP99 <= MOST_LATENESS_MS
}

/** Summarises several runs of the same cell: medians, and the range of the good responses. */
export function summarise(verdicts: readonly Verdict[]): Record<string, string | number> {
  const fair = verdicts.filter((verdict) => isFair(verdict))
  const median = (pick: (verdict: Verdict) => number) =>
    Math.round(
      percentile(
        fair.map((each) => pick(each)),
        0.5,
      ),
    )
  const good = fair.map(({ goodPercent }) => Math.round(goodPercent))
  return {
    runs: fair.length,
    discarded: verdicts.length - fair.length,
    'good %': median(({ goodPercent }) => goodPercent),
    'range %': fair.length === 0 ? '' : `${Math.min(...good)}-${Math.max(...good)}`,
    'p50 2xx': median(({ okP50 }) => okP50),
    'p99 2xx': median(({ okP99 }) => okP99),
    'p50 all': median(({ allP50 }) => allP50),
    'p99 all': median(({ allP99 }) => allP99),
    '503 p50': median(({ refusedP50 }) => refusedP50),
    stall: median(({ longestStall }) => longestStall),
    timeouts: median(({ timeouts }) => timeouts),
    'send p99': percentile(
      fair.map(({ sendLatenessP99 }) => sendLatenessP99),
      0.5,
    ),
  }
}

function isOk(status: number | undefined): boolean {
  return status !== undefined && status >= 200 && status < 300
}
