import { operations } from '@sluice/contracts'
import { expect, test } from 'vitest'
import { type FuzzRun, runFuzz } from './run-fuzz.ts'

const SEED = Number(process.env['FUZZ_SEED'] ?? Date.now() % 1_000_000)
const REQUESTS = Number(process.env['FUZZ_REQUESTS'] ?? 2500)

const MB = 1_048_576

/** How much more memory may be held after the run. Generous: V8 keeps compiled code, and malloc what it once had. */
const MOST_MORE_HEAP_BYTES = 20 * MB
const MOST_MORE_RSS_BYTES = 150 * MB

/** Connections of clients that have just closed may still be counted. */
const MOST_MORE_SOCKETS = 5

const options = { timeout: 120_000 + REQUESTS * 60 }

test(
  'the API answers each request once and as documented, leaks nothing, and gives its memory back',
  options,
  async () => {
    console.log(`FUZZ_SEED=${SEED} FUZZ_REQUESTS=${REQUESTS}`)
    const run = await runFuzz(SEED, REQUESTS)
    console.log(summary(run))

    expect(run.findings).toEqual([])
    expect(run.asked).toEqual(Object.keys(operations).toSorted())
    expect(run.after.heapBytes - run.before.heapBytes).toBeLessThan(MOST_MORE_HEAP_BYTES)
    expect(run.after.rssBytes - run.before.rssBytes).toBeLessThan(MOST_MORE_RSS_BYTES)
    expect(run.after.sockets - run.before.sockets).toBeLessThan(MOST_MORE_SOCKETS)
  },
)

function summary({ findings, before, after, ...run }: FuzzRun): string {
  const listed = (counts: Record<string, number>) =>
    Object.entries(counts)
      .toSorted(([, a], [, b]) => b - a)
      .map(([name, count]) => `${name} ${count}`)
      .join(', ')
  const failing = Object.keys(operations).filter((id) => !run.succeeded.includes(id))
  const mb = (bytes: number) => Math.round(bytes / MB)
  return [
    `requests: ${run.requests}, and ${run.conversations} conversations, in ${run.durationMs} ms`,
    `kinds: ${listed(run.kinds)}`,
    `principals: ${listed(run.principals)}`,
    `statuses: ${listed(run.statuses)}`,
    `operations that succeeded: ${run.succeeded.length}; never: ${failing.join(', ') || 'none'}`,
    `latency: ${run.latencies.p50} ms (p50), ${run.latencies.p99} ms (p99), ${run.latencies.max} ms (max)`,
    `heap: ${mb(before.heapBytes)} MB, then ${mb(after.heapBytes)} MB; RSS: ${mb(before.rssBytes)} MB, then ${mb(after.rssBytes)} MB`,
    `sockets: ${before.sockets}, then ${after.sockets}`,
    `findings: ${findings.length}`,
  ].join('\n')
}
