import { describe, expect, test } from 'vitest'
import type { ProbeAnswer } from '../src/index.ts'
import type { Call } from '../src/probe.ts'
import { ProbeSession } from '../src/probe-session.ts'
import { VirtualClock } from './support/virtual-clock.ts'

const rejectedBy = (status: number, retryAfterMs?: number): ProbeAnswer => ({
  outcome: 'rejected',
  status,
  retryAfterMs,
})
const TOO_FAST = rejectedBy(429)
const UNAVAILABLE = rejectedBy(503)

/** Makes rows of calls at once, one row after the other, that are answered as given. */
async function callInRows(rows: readonly (readonly ProbeAnswer[])[]): Promise<Call[][]> {
  const clock = new VirtualClock()
  const answers = rows.flat()
  const probe = async () => {
    const answer = answers.shift()
    await clock.sleep(10)
    return answer ?? { outcome: 'accepted' as const }
  }
  const budgets = { requests: 100, rejections: 100, seconds: 100, maxConcurrency: 10 }
  const session = new ProbeSession({ probe, clock, budgets, signal: new AbortController().signal })
  const calls: Call[][] = []
  const work = async () => {
    for (const row of rows) calls.push(await Promise.all(row.map(() => session.call())))
  }
  await clock.run(work())
  return calls
}

const outcomesOf = (rows: readonly (readonly Call[])[]) => rows.map((row) => row.map(({ outcome }) => outcome))

describe('a 503 of an upstream that says 429 as well', () => {
  test('means too many calls in flight if another call was in flight', async () => {
    const calls = await callInRows([[TOO_FAST], [UNAVAILABLE, { outcome: 'accepted' }]])

    expect(outcomesOf(calls)).toEqual([['rejected'], ['busy', 'accepted']])
  })

  test('means a breakdown if no other call was in flight', async () => {
    const calls = await callInRows([[TOO_FAST], [UNAVAILABLE]])

    expect(outcomesOf(calls)).toEqual([['rejected'], ['failed']])
  })

  test('means the same if it came before the first 429', async () => {
    const calls = await callInRows([[UNAVAILABLE, UNAVAILABLE], [UNAVAILABLE], [TOO_FAST]])

    expect(outcomesOf(calls)).toEqual([['busy', 'busy'], ['failed'], ['rejected']])
  })

  test('remains a rejection if it states when to call again, and no other call was in flight', async () => {
    const calls = await callInRows([[TOO_FAST], [rejectedBy(503, 1000)]])

    expect(outcomesOf(calls)).toEqual([['rejected'], ['rejected']])
  })
})

test('a 503 of an upstream that does not say 429 remains a rejection', async () => {
  const calls = await callInRows([[UNAVAILABLE], [UNAVAILABLE, UNAVAILABLE]])

  expect(outcomesOf(calls)).toEqual([['rejected'], ['rejected', 'rejected']])
})

test('503s of calls in flight together do not count as failed calls', async () => {
  const rows = Array.from({ length: 20 }, () => [UNAVAILABLE, UNAVAILABLE, { outcome: 'accepted' as const }])

  await expect(callInRows([[TOO_FAST], ...rows])).resolves.toBeDefined()
})

test('a call knows the most calls that were in flight during it', async () => {
  const accepted: ProbeAnswer = { outcome: 'accepted' }

  const calls = await callInRows([[accepted], [accepted, accepted, accepted]])

  expect(calls.map((row) => row.map(({ inFlight }) => inFlight))).toEqual([[1], [3, 3, 3]])
})
