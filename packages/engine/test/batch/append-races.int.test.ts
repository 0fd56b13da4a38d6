import { randomInt } from 'node:crypto'
import { describe, expect } from 'vitest'
import { appendTasks } from '../../src/batch/append-tasks.ts'
import { range } from '../../src/range.ts'
import { newBatch, payloadsOf } from '../support/batches.ts'
import { engineTest } from '../support/engine-test.ts'
import { completed } from '../support/outcomes.ts'
import { runToEnd, TicketDriver } from '../support/ticket-driver.ts'

const CLIENTS = 8

function* cut(tasks: readonly string[], size: number): Generator<string[]> {
  for (let first = 0; first < tasks.length; first += size) yield tasks.slice(first, first + size)
}

/** Cuts chunks of random sizes, so that those of different clients overlap in every way and no client always leads. */
function* cutAtRandom(tasks: readonly string[]): Generator<string[]> {
  for (let first = 0, size = 0; first < tasks.length; first += size) {
    size = randomInt(1, 100)
    yield tasks.slice(first, first + size)
  }
}

describe('concurrent uploads to one batch', () => {
  engineTest(
    'store each task exactly once when all send the same tasks with an offset',
    async ({ engine, openRivals }) => {
      const id = await newBatch(engine)
      const clients = await openRivals(CLIENTS)
      const tasks = range(1000).map((seq) => `{"payload":${seq}}`)

      const results = await Promise.all(
        clients.map((client) => appendTasks(client, id, cutAtRandom(tasks), { offset: 0 })),
      )

      expect(results.map(({ accepted, skipped }) => accepted + skipped)).toEqual(Array(CLIENTS).fill(1000))
      expect(results.reduce((sum, { accepted }) => sum + accepted, 0)).toBe(1000)
      expect(results.filter(({ accepted }) => accepted > 0).length, 'clients that won a chunk').toBeGreaterThan(1)
      expect(await payloadsOf(engine, id)).toEqual(range(1000))
    },
  )

  engineTest(
    'without an offset interleave by whole chunks, each client in its own order',
    async ({ engine, openRivals }) => {
      const id = await newBatch(engine)
      const clients = await openRivals(CLIENTS)
      const tasksOfClient = (client: number) => range(100).map((n) => `{"payload":[${client},${n}]}`)

      await Promise.all(clients.map((client, i) => appendTasks(client, id, cut(tasksOfClient(i), 10))))

      const payloads = (await payloadsOf(engine, id)) as [number, number][]
      const chunks = [...cut(payloads.map(String), 10)]
      expect(chunks.every((chunk) => new Set(chunk.map((text) => text.split(',')[0])).size === 1)).toBe(true)
      expect(
        new Set(chunks.slice(0, 10).map((chunk) => chunk[0]?.split(',')[0])).size,
        'clients at the start',
      ).toBeGreaterThan(1)
      for (const client of range(CLIENTS)) {
        expect(payloads.filter(([whose]) => whose === client).map(([, n]) => n)).toEqual(range(100))
      }
    },
  )

  engineTest('do not affect a worker that already runs the batch', async ({ engine, openEngine }) => {
    const id = await newBatch(engine, { concurrency: 1 })
    const worker = openEngine()
    const ran: number[] = []

    const uploading = appendTasks(
      engine,
      id,
      cut(
        range(400).map((seq) => `{"payload":${seq}}`),
        7,
      ),
    )
    for (let run = 1; ran.length < 400; run += 1) {
      const { tasks } = await runToEnd(new TicketDriver(worker, id, { run: `1.${run}` }), 50, ({ seq }) =>
        completed(seq),
      )
      ran.push(...tasks.map(({ seq }) => seq))
    }

    expect(await uploading).toMatchObject({ accepted: 400 })
    expect(ran).toEqual(range(400))
  })
})
