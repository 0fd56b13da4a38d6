import { readBatch } from '@sluice/engine'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import { describe, expect } from 'vitest'
import type { HandlerContext } from '../src/handler.ts'
import type { WorkerEvent } from '../src/worker-scope.ts'
import { submit, tasksOf, until, untilFinished, workerTest } from './support/worker-test.ts'

describe('closing a worker', () => {
  workerTest('finishes running tasks and starts no other', async ({ engine, startWorker }) => {
    let started = 0
    const work = () => {
      started += 1
      return sleep(200)
    }
    const worker = await startWorker({ handlers: { work }, concurrency: 4 })
    const id = await submit(engine, { count: 20 })
    await until(() => worker.running === 4)

    await worker.close()

    expect(started).toBe(4)
    expect(worker.running).toBe(0)
    expect((await readBatch(engine, id)).counts).toMatchObject({ completed: 4, pending: 16, running: 0 })
    const attempts = (await tasksOf(engine, id)).map((task) => task.attempts)
    expect(attempts).toEqual(Array.from({ length: 20 }, (_, seq) => (seq < 4 ? 1 : 0)))
  })

  workerTest('hands its tickets over to another worker at once', async ({ engine, startWorker }) => {
    let ended = 0
    const leaving = await startWorker({
      handlers: { work: () => sleep(100).then(() => (ended += 1)) },
      concurrency: 4,
    })
    const id = await submit(engine, { count: 400, concurrency: 4 })
    await until(() => leaving.running === 4)
    let taken = 0
    await startWorker({ handlers: { work: () => (taken += 1) } })

    await leaving.close()
    const closedAt = performance.now()
    // A ticket that was not returned would be late by the 3.5 s after which its worker counts as dead.
    await untilFinished(engine, id, 5000)

    expect(performance.now() - closedAt).toBeLessThan(2000)
    expect(taken).toBeGreaterThan(0)
    expect(ended + taken).toBe(400)
  })

  workerTest('releases the tasks that a slice has not started, and leases no more', async ({ engine, startWorker }) => {
    let ended = 0
    let turnsAfter = 0
    let closing: Promise<void> | undefined
    const work = () => {
      ended += 1
      if (ended === 700) closing = worker.close()
    }
    const observe = ({ kind }: WorkerEvent) => {
      if (kind === 'turn' && closing) turnsAfter += 1
    }
    const worker = await startWorker({ handlers: { work }, observe })

    const id = await submit(engine, { count: 3000, concurrency: 1 })
    await until(() => closing !== undefined)
    await closing

    expect(ended).toBe(700)
    expect(turnsAfter).toBe(1)
    expect((await readBatch(engine, id)).counts).toMatchObject({ completed: 700, pending: 2300, running: 0 })
    expect((await tasksOf(engine, id)).filter(({ attempts }) => attempts > 0)).toHaveLength(700)
  })

  workerTest('aborts and releases what still runs after the grace time', async ({ engine, startWorker }) => {
    const reasons: unknown[] = []
    const hang = (_payload: unknown, { signal }: HandlerContext) => {
      signal.addEventListener('abort', () => reasons.push(signal.reason))
      return new Promise(() => {})
    }
    const leaving = await startWorker({ handlers: { work: hang }, concurrency: 3 })
    const id = await submit(engine, { count: 3, retry: { maxAttempts: 1 } })
    await until(() => leaving.running === 3)
    await startWorker({ handlers: { work: () => 'done' } })

    const startedAt = performance.now()
    await leaving.close({ graceMs: 150 })
    const tookMs = performance.now() - startedAt
    await untilFinished(engine, id, 5000)

    expect(tookMs).toBeGreaterThan(140)
    expect(tookMs).toBeLessThan(3000)
    expect(reasons).toHaveLength(3)
    expect(reasons[0]).toMatchObject({ name: 'AttemptAbortedError', message: 'The worker is stopping.' })
    expect(await tasksOf(engine, id)).toMatchObject(
      Array.from({ length: 3 }, () => ({ state: 'completed', attempts: 1, result: 'done' })),
    )
  })

  workerTest(
    'keeps the answers that arrived while the event loop was blocked beyond the grace time',
    async ({ engine, startWorker, onTestFinished }) => {
      const url = await serveInThread(onTestFinished, 200)
      const work = async () => await (await fetch(url)).text()
      const worker = await startWorker({ handlers: { work }, concurrency: 3 })
      const id = await submit(engine, { count: 3, retry: { maxAttempts: 1 } })
      await until(() => worker.running === 3)

      // As after data of a socket, the timers come next: before the answers, which the socket has received.
      const closing = await inCheckPhase(() => {
        const closed = worker.close({ graceMs: 100 })
        block(800)
        return { closed }
      })
      await closing.closed

      expect(await tasksOf(engine, id)).toMatchObject(
        Array.from({ length: 3 }, () => ({ state: 'completed', attempts: 1, result: 'an answer' })),
      )
    },
  )

  workerTest('is quick when nothing runs, and may be called twice', async ({ startWorker }) => {
    const worker = await startWorker({ handlers: {} })

    const startedAt = performance.now()
    await Promise.all([worker.close(), worker.close()])
    await worker.close()

    expect(performance.now() - startedAt).toBeLessThan(3000)
  })
})

/** Starts a server that no blocked test keeps from answering, and returns its URL. It answers after `takesMs`. */
async function serveInThread(onTestFinished: (end: () => Promise<void>) => void, takesMs: number): Promise<string> {
  const code = `
    const { parentPort } = require('node:worker_threads')
    const server = require('node:http').createServer((_, response) => setTimeout(() => response.end('an answer'), ${takesMs}))
    server.listen(0, '127.0.0.1', () => parentPort.postMessage(server.address().port))`
  const thread = new Worker(code, { eval: true })
  onTestFinished(async () => void (await thread.terminate()))
  const [port] = (await once(thread, 'message')) as [number]
  return `http://127.0.0.1:${port}/`
}

/** Runs a function in the phase of the event loop that follows the reading of sockets. */
function inCheckPhase<T>(run: () => T): Promise<T> {
  return new Promise((resolve) => setImmediate(() => resolve(run())))
}

/** Blocks the event loop. */
function block(ms: number): void {
  const endsAt = performance.now() + ms
  while (performance.now() < endsAt);
}
