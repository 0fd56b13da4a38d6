import { Worker as BullWorker, type Job } from 'bullmq'
import type { Engine } from '../engine.ts'
import { moveDetection } from '../scripts/move-detection.ts'
import { restAfterErrors, RUN_RETRY_DELAY_MS } from '../bullmq/rest-after-errors.ts'
import { DETECTION_KEPT_MS, type DetectionFault, type DetectionRequest } from '../model/detection.ts'
import { DETECTION_QUEUE } from '../bullmq/detection-queue.ts'

/** A dead worker's detection is found after at most the sum of these two. */
const LOCK_MS = 10_000
const STALLED_CHECK_MS = 5000

const UNLIMITED = 1_000_000_000

/** How a detection ended. */
export type DetectionOutcome = { state: 'completed'; result: object } | { state: 'failed'; error: DetectionFault }

/** One detection being made by this process. */
export interface DetectionRun {
  id: string
  request: DetectionRequest
  /** Writes down how far it is; false when it is not to go on, because it was cancelled or given up. */
  report: (progress: object) => Promise<boolean>
}

export interface DetectionService {
  runDetection: (run: DetectionRun) => Promise<DetectionOutcome>
  /** Told of what BullMQ reports. */
  onError: (error: unknown, what: string) => void
}

const LOST: DetectionFault = {
  reason: 'worker_lost',
  message:
    'The worker that made this detection died, or lost its connection. Its calls were not made again; start another one.',
}

/**
 * Makes detections, one at a time, until it is closed; closing waits for the one that runs.
 *
 * A detection runs once. When its worker dies, BullMQ gives its job to another one, which finds it running and lets it
 * fail: what it had learned is gone, and nobody wants the upstream's budget spent twice without being asked.
 */
export async function serveDetections(engine: Engine, service: DetectionService): Promise<{ close(): Promise<void> }> {
  const worker = new BullWorker(DETECTION_QUEUE, (job) => runJob(engine, service, job), {
    connection: engine.redis,
    prefix: engine.keys.upkeep,
    concurrency: 1,
    lockDuration: LOCK_MS,
    stalledInterval: STALLED_CHECK_MS,
    maxStalledCount: UNLIMITED,
    runRetryDelay: RUN_RETRY_DELAY_MS,
    removeOnComplete: { count: 0 },
    removeOnFail: { count: 0 },
  })
  worker.on('error', (error) => service.onError(error, 'the queue of detections reported an error'))
  worker.on('failed', (job, error) => service.onError(error, `detection ${job?.id} broke off`))
  const stopResting = restAfterErrors(worker)
  await worker.waitUntilReady()
  return {
    close: async () => {
      stopResting()
      await worker.close()
    },
  }
}

async function runJob(engine: Engine, { runDetection }: DetectionService, job: Job): Promise<void> {
  const id = job.id ?? ''
  const key = engine.keys.detection(id)
  const move = (from: 'pending' | 'running', to: 'running' | 'completed' | 'failed', fields: Record<string, string>) =>
    moveDetection(engine.redis, key, { from, to, keptMs: DETECTION_KEPT_MS, fields })

  const begun = await move('pending', 'running', {})
  if (begun.outcome === 'refused') {
    if (begun.state === 'running') await move('running', 'failed', { error: JSON.stringify(LOST) })
    return
  }
  const request = await engine.redis.hget(key, 'request')
  // Cancelled since.
  if (request === null) return
  const outcome = await runDetection({
    id,
    request: JSON.parse(request) as DetectionRequest,
    report: async (progress) => {
      const reply = await move('running', 'running', { progress: JSON.stringify(progress) })
      return reply.outcome === 'moved'
    },
  })
  const fields = outcome.state === 'completed' ? { result: outcome.result } : { error: outcome.error }
  // Refused when it was cancelled meanwhile, and then it stays cancelled.
  await move(
    'running',
    outcome.state,
    Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, JSON.stringify(value)])),
  )
}
