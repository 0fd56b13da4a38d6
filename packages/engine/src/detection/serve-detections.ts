import type { Job } from 'bullmq'
import type { Engine } from '../engine.ts'
import { moveDetectionScript } from '../scripts/move-detection.ts'
import { openWorker, type OnWorkerError } from '../bullmq/open-worker.ts'
import { DETECTION_KEPT_MS, type DetectionFault, type DetectionRequest } from '../model/detection.ts'
import { DETECTION_QUEUE } from '../bullmq/detection-queue.ts'

/** How a detection ended. */
export type DetectionOutcome = { state: 'completed'; result: object } | { state: 'failed'; error: DetectionFault }

/** One detection being made by this process. */
export interface DetectionRun {
  id: string
  request: DetectionRequest
  /** Writes down how far it is; false when it is not to go on, because it was cancelled or given up. */
  report: (progress: object) => Promise<boolean>
}

export interface ServeDetectionsOptions {
  runDetection: (run: DetectionRun) => Promise<DetectionOutcome>
  /** Receives what BullMQ reports. */
  onError: OnWorkerError
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
export async function serveDetections(
  engine: Engine,
  options: ServeDetectionsOptions,
): Promise<{ close(): Promise<void> }> {
  const worker = openWorker(engine.redis, {
    queue: DETECTION_QUEUE,
    prefix: engine.keys.maintenance,
    concurrency: 1,
    run: (job) => runJob(engine, options, job),
    onError: options.onError,
    describe: { queue: 'the detection queue reported an error', job: (job) => `detection ${job?.id} broke off` },
  })
  await worker.ready()
  return worker
}

async function runJob(engine: Engine, { runDetection }: ServeDetectionsOptions, job: Job): Promise<void> {
  const id = job.id ?? ''
  const detection = engine.keys.detection(id)
  const move = (from: 'pending' | 'running', to: 'running' | 'completed' | 'failed', fields: Record<string, string>) =>
    moveDetectionScript.run(engine.redis, { detection }, { from, to, keptMs: DETECTION_KEPT_MS, fields })

  const begun = await move('pending', 'running', {})
  if (begun.kind !== 'moved') {
    if (begun.kind === 'wrong_state' && begun.state === 'running')
      await move('running', 'failed', { error: JSON.stringify(LOST) })
    return
  }
  const request = await engine.redis.hget(detection, 'request')
  // Cancelled since.
  if (request === null) return
  const outcome = await runDetection({
    id,
    request: JSON.parse(request) as DetectionRequest,
    report: async (progress) => {
      const reply = await move('running', 'running', { progress: JSON.stringify(progress) })
      return reply.kind === 'moved'
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
