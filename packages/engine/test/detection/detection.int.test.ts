import { describe, expect } from 'vitest'
import { cancelDetection } from '../../src/detection/cancel-detection.ts'
import { createDetection } from '../../src/detection/create-detection.ts'
import type { DetectionRequest } from '../../src/model/detection.ts'
import { listDetections, readDetection } from '../../src/detection/read-detection.ts'
import { serveDetections, type DetectionOutcome, type DetectionRun } from '../../src/detection/serve-detections.ts'
import type { Engine } from '../../src/engine.ts'
import { DetectionNotFoundError, DetectionStateError, QueueUnknownError } from '../../src/errors.ts'
import { moveDetectionScript } from '../../src/scripts/move-detection.ts'
import { reconcile } from '../../src/maintenance/reconcile.ts'
import { receiveSignals, type Signal } from '../../src/signals.ts'
import { DeadProcessError, dyingEngine } from '../support/dying-engine.ts'
import { addWorker, engineTest } from '../support/engine-test.ts'

const request: DetectionRequest = {
  call: { url: 'https://a.test/', headers: { authorization: 'Bearer top-secret' }, body: { key: 'top-secret' } },
  queue: 'default',
  budgets: { requests: 100 },
}

const done: DetectionOutcome = { state: 'completed', result: { found: true } }

/** A test with `serve`, which runs detections with the given function until the test ends. */
const detectionTest = engineTest.extend('serve', ({ openEngine, onTestFinished }) => {
  return async (runDetection: (run: DetectionRun) => Promise<DetectionOutcome>): Promise<{ errors: unknown[] }> => {
    const errors: unknown[] = []
    const engine = openEngine()
    const workerId = await addWorker(engine)
    const service = await serveDetections(engine, { workerId, runDetection, onError: (error) => errors.push(error) })
    onTestFinished(() => service.close())
    return { errors }
  }
})

/** Creates a detection in a process that dies after `commands` commands. Returns whether it died. */
async function createAndDie(engine: Engine, commands: number): Promise<boolean> {
  try {
    await createDetection(dyingEngine(engine, commands), request)
    return false
  } catch (error) {
    if (error instanceof DeadProcessError) return true
    throw error
  }
}

const PATIENCE = { timeout: 20_000 }

describe('a detection', () => {
  detectionTest('shows no header values and no body, and deletes both when it ends', async ({ engine, serve }) => {
    const { id } = await createDetection(engine, request)
    const detection = await readDetection(engine, id)
    const seen: DetectionRequest[] = []

    await serve(async (run) => {
      seen.push(run.request)
      return done
    })

    expect(detection).toMatchObject({ state: 'pending', headerNames: ['authorization'], budgets: { requests: 100 } })
    expect(JSON.stringify(detection)).not.toContain('top-secret')
    await expect.poll(async () => (await readDetection(engine, id)).state, PATIENCE).toBe('completed')
    expect(seen).toEqual([request])
    expect(JSON.stringify(await engine.redis.hgetall(engine.keys.detection(id)))).not.toContain('top-secret')
    expect(await engine.redis.pttl(engine.keys.detection(id))).toBeGreaterThan(23 * 3600 * 1000)
  })

  detectionTest('shows its progress, and then its result', async ({ engine, serve }) => {
    const { id } = await createDetection(engine, request)
    const mayEnd = Promise.withResolvers<void>()

    await serve(async ({ report }) => {
      await report({ stage: 'rate', requests: 7 })
      await mayEnd.promise
      return done
    })

    await expect
      .poll(async () => (await readDetection(engine, id)).progress, PATIENCE)
      .toEqual({ stage: 'rate', requests: 7 })
    expect(await readDetection(engine, id)).toMatchObject({ state: 'running', finishedAt: null, result: null })
    mayEnd.resolve()
    await expect.poll(async () => (await readDetection(engine, id)).state, PATIENCE).toBe('completed')
    const { result, error, startedAt, finishedAt } = await readDetection(engine, id)
    expect({ result, error }).toEqual({ result: { found: true }, error: null })
    expect(finishedAt?.getTime()).toBeGreaterThanOrEqual(startedAt?.getTime() ?? Infinity)
  })

  detectionTest('shows no progress before there is any', async ({ engine, serve }) => {
    const { id } = await createDetection(engine, request)
    const shown: unknown[] = []

    await serve(async ({ report }) => {
      shown.push(await report(undefined), (await readDetection(engine, id)).progress)
      return done
    })

    await expect.poll(() => shown, PATIENCE).toEqual([true, null])
  })

  detectionTest('that is cancelled while pending never runs', async ({ engine, serve }) => {
    const { id } = await createDetection(engine, request)
    await cancelDetection(engine, id)
    const later = await createDetection(engine, request)
    const ran: string[] = []

    await serve(async (run) => {
      ran.push(run.id)
      return done
    })

    await expect.poll(async () => (await readDetection(engine, later.id)).state, PATIENCE).toBe('completed')
    expect(ran).toEqual([later.id])
    expect((await readDetection(engine, id)).state).toBe('cancelled')
  })

  detectionTest(
    'that is cancelled while running stays cancelled, and its worker learns of it',
    async ({ engine, serve, openEngine, onTestFinished }) => {
      const { id } = await createDetection(engine, request)
      const mayEnd = Promise.withResolvers<void>()
      const reports: boolean[] = []
      const signals: Signal[] = []
      onTestFinished(await receiveSignals(openEngine(), (signal) => signals.push(signal)))
      const { errors } = await serve(async ({ report }) => {
        reports.push(await report({}))
        await mayEnd.promise
        reports.push(await report({}))
        return done
      })
      await expect.poll(() => reports, PATIENCE).toEqual([true])

      await cancelDetection(engine, id)
      mayEnd.resolve()

      await expect.poll(() => reports, PATIENCE).toEqual([true, false])
      await expect.poll(() => signals, PATIENCE).toEqual([{ kind: 'detection', id }])
      await expect.poll(() => engine.redis.exists(engine.detectionQueue.open().toKey(id)), PATIENCE).toBe(0)
      expect(await readDetection(engine, id)).toMatchObject({ state: 'cancelled', result: null })
      expect(errors).toEqual([])
    },
  )

  detectionTest('whose worker died fails instead of running twice', async ({ engine, serve }) => {
    const { id } = await createDetection(engine, request)
    await moveDetectionScript.run(
      engine.redis,
      { detection: engine.keys.detection(id) },
      { from: 'pending', to: 'running', keptMs: 60_000 },
    )
    let runs = 0

    await serve(async () => {
      runs += 1
      return done
    })

    await expect.poll(async () => (await readDetection(engine, id)).state, PATIENCE).toBe('failed')
    expect((await readDetection(engine, id)).error?.reason).toBe('worker_lost')
    expect(runs).toBe(0)
  })

  detectionTest('whose run throws fails, and the error is reported', async ({ engine, serve }) => {
    const { id } = await createDetection(engine, request)

    const { errors } = await serve(() => Promise.reject(new Error('a bug')))

    await expect.poll(async () => (await readDetection(engine, id)).state, PATIENCE).toBe('failed')
    expect(errors).toEqual([new Error('a bug')])
  })

  detectionTest('is moved by exactly one of several racing processes', async ({ engine, openRivals }) => {
    const rivals = await openRivals(8)
    const { id } = await createDetection(engine, request)

    const replies = await Promise.all(
      rivals.map((rival, i) =>
        moveDetectionScript.run(
          rival.redis,
          { detection: rival.keys.detection(id) },
          {
            from: 'pending',
            to: i % 2 === 0 ? 'cancelled' : 'running',
            keptMs: 60_000,
          },
        ),
      ),
    )

    expect(replies.filter(({ kind }) => kind === 'moved')).toHaveLength(1)
  })

  detectionTest('runs only after the previous one has ended', async ({ engine, serve }) => {
    const ids = await Promise.all([1, 2, 3].map(async () => (await createDetection(engine, request)).id))
    let running = 0
    let most = 0

    await serve(async ({ report }) => {
      running += 1
      most = Math.max(most, running)
      await report({})
      running -= 1
      return done
    })

    for (const id of ids)
      await expect.poll(async () => (await readDetection(engine, id)).state, PATIENCE).toBe('completed')
    expect(most).toBe(1)
  })

  detectionTest('whose process died while creating it runs, if it is listed', async ({ engine, serve }) => {
    for (let commands = 0; await createAndDie(engine, commands); commands += 1);
    const listed = await listDetections(engine)
    const jobsBefore = await engine.detectionQueue.open().getWaitingCount()

    const { detectionsQueued } = await reconcile(engine)
    const again = await reconcile(engine)
    await serve(() => Promise.resolve(done))

    expect(detectionsQueued).toBe(listed.length - jobsBefore)
    expect(detectionsQueued).toBeGreaterThan(0)
    expect(again.detectionsQueued).toBe(0)
    for (const { id } of listed)
      await expect.poll(async () => (await readDetection(engine, id)).state, PATIENCE).toBe('completed')
  })

  detectionTest('is listed with the newest first', async ({ engine }) => {
    const first = await createDetection(engine, request)
    await expect.poll(() => Date.now(), PATIENCE).toBeGreaterThan(first.createdAt.getTime() + 1)
    const second = await createDetection(engine, request)

    const listed = await listDetections(engine)

    expect(listed.map(({ id }) => id)).toEqual([second.id, first.id])
  })

  detectionTest(
    'cannot be created for an unknown queue, nor cancelled after it ended, nor read or cancelled if missing',
    async ({ engine }) => {
      const { id } = await createDetection(engine, request)
      await moveDetectionScript.run(
        engine.redis,
        { detection: engine.keys.detection(id) },
        { from: 'pending', to: 'failed', keptMs: 60_000 },
      )

      await expect(createDetection(engine, { ...request, queue: 'nowhere' })).rejects.toThrow(QueueUnknownError)
      await expect(cancelDetection(engine, id)).rejects.toThrow(DetectionStateError)
      await expect(cancelDetection(engine, 'nothing')).rejects.toThrow(DetectionNotFoundError)
      await expect(readDetection(engine, 'nothing')).rejects.toThrow(DetectionNotFoundError)
    },
  )
})
