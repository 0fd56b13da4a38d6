import { expect, test } from 'vitest'
import { judge, summarise, type Verdict } from '../../bench/judge.ts'

const server = { longestStallMs: 12, cpuMs: 0 }

test('good requests are those answered 2xx in time, of all that were sent', () => {
  const client = {
    statuses: [200, 200, 503, -1],
    latenciesMs: [100, 2000, 5, 3000],
    latenessMs: [0, 0, 0, 1],
  }

  expect(judge({ client, server })).toEqual({
    goodPercent: 25,
    okP50: 100,
    okP99: 2000,
    allP50: 100,
    allP99: 3000,
    refusedP50: 5,
    timeouts: 1,
    longestStall: 12,
    sendLatenessP99: 1,
  } satisfies Verdict)
})

test('runs in which the client was late are discarded', () => {
  const verdict = (goodPercent: number, latenessMs: number) =>
    judge({
      client: {
        statuses: [...Array(goodPercent).fill(200), ...Array(100 - goodPercent).fill(503)],
        latenciesMs: Array(100).fill(1),
        latenessMs: Array(100).fill(latenessMs),
      },
      server,
    })

  expect(summarise([verdict(90, 1), verdict(80, 1), verdict(70, 1), verdict(10, 50)])).toMatchObject({
    runs: 3,
    discarded: 1,
    'good %': 80,
    'range %': '70-90',
  })
})
