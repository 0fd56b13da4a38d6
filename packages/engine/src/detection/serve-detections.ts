import type { Job } from 'bullmq'
import type { Engine } from '../engine.ts'
import { moveDetectionScript } from '../scripts/move-detection.ts'
import { openWorker, type OnWorkerError } from '../bullmq/open-worker.ts'
import { DETECTION_KEPT_MS, type DetectionFault, type DetectionRequest } from '../model/detection.ts'
import { DETECTION_QUEUE } from '../bullmq/queue-names.ts'

/** The outcome of a detection. */
export type DetectionOutcome = { state: 'completed'; result: object } | { state: 'failed'; error: DetectionFault }

/** A detection that this process runs. */
export interface DetectionRun {
  id: string
  request: DetectionRequest
  /**
   * Stores the progress; undefined if there is none yet. Returns false if the detection is no longer running and its
   * calls must stop.
   */
  report: (progress: object | undefined) => Promise<boolean>
}

/** How a process runs detections. */
export interface ServeDetectionsOptions {
  /** The worker that runs them. Its heartbeat must have begun. */
  workerId: string
  runDetection: (run: DetectionRun) => Promise<DetectionOutcome>
  /** Receives the errors that BullMQ reports. */
  onError: OnWorkerError
}

const LOST: DetectionFault = {
  reason: 'worker_lost',
  message:
    'The worker of this detection died or lost its connection. Sluice does not repeat its calls. Start another detection.',
}

/**
 * Runs detections, one at a time, until `close` is called. Closing waits for the current one.
 *
 * A detection runs at most once. If its worker dies, BullMQ gives the job to another worker, which finds the detection
 * running and marks it as failed: its findings are lost, and a second run would spend the upstream's budget twice
 * without the client's consent.
 */
export async function serveDetections(
  engine: Engine,
  options: ServeDetectionsOptions,
): Promise<{ close(): Promise<void> }> {
  const worker = openWorker(engine.redis, {
    queue: DETECTION_QUEUE,
    prefix: engine.keys.maintenance,
    concurrency: 1,
    workerId: options.workerId,
    run: (job) => runJob(engine, options, job),
    onError: options.onError,
    describe: {
      queue: 'the detection queue reported an error',
      job: (job) => `detection ${job?.id} failed unexpectedly`,
    },
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
  // `move-detection` deletes the request when a detection is cancelled.
  if (request === null) return
  const outcome = await runDetection({
    id,
    request: JSON.parse(request) as DetectionRequest,
    report: async (progress) => {
      const fields = progress === undefined ? {} : { progress: JSON.stringify(progress) }
      const reply = await move('running', 'running', fields)
      return reply.kind === 'moved'
    },
  })
  const fields = outcome.state === 'completed' ? { result: outcome.result } : { error: outcome.error }
  // The script refuses this move if the detection was cancelled meanwhile, so that it stays cancelled.
  await move(
    'running',
    outcome.state,
    Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, JSON.stringify(value)])),
  )
}
