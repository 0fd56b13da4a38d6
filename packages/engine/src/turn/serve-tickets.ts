import { DelayedError, type Job } from 'bullmq'
import type { Engine } from '../engine.ts'
import { isOffered } from '../heartbeat/offers.ts'
import { decodeTypes } from '../model/offer.ts'
import { applyQueueSettings } from '../queue/apply-queue-settings.ts'
import type { TurnReply } from '../scripts/take-turns.ts'
import { wakeTickets } from '../ticket/issue-tickets.ts'
import { TicketRestorer } from '../ticket/ticket-restorer.ts'
import { openWorker, type OnWorkerError } from '../bullmq/open-worker.ts'
import { parseTicketId } from '../bullmq/ticket-id.ts'
import type { TicketData } from '../bullmq/ticket-queues.ts'
import { ReturnLine } from './return-line.ts'

/** One processing of a ticket by one worker. */
export interface TicketRun {
  queue: string
  batchId: string
  ticket: number
  /** `<epoch>.<number>`, greater for each run of the ticket: a fencing token. */
  run: string
}

/** How a run ends: its ticket returns to the queue after a delay, or leaves it. */
export type RunEnd = Exclude<TurnReply, { kind: 'run' }>

/** How a process runs the tickets of a queue. */
export interface ServeTicketsOptions {
  /** Maximum number of tickets that this process runs at once. */
  concurrency: number
  /** The worker that runs them. Its heartbeat must have begun. */
  workerId: string
  /** Takes turns of the ticket until it ends. */
  runTicket: (run: TicketRun) => Promise<RunEnd>
  /** Receives the errors that BullMQ reports, and failures that the reconciler will repair. */
  onError: OnWorkerError
}

/** The tickets of a queue that this process runs. */
export interface TicketService {
  /** Number of tickets that this process has taken, whether or not it runs them yet. */
  readonly held: number
  /** Takes no more tickets. Resolves once the current runs have ended. */
  close(): Promise<void>
}

const UNCHECKED = 'could not restore the tickets of a batch; the reconciler will'

type Ticket = Job<TicketData, RunEnd, 'ticket'>

/** Runs tickets of a queue until `close` is called. Closing waits for the current runs. */
export async function serveTickets(
  engine: Engine,
  queue: string,
  options: ServeTicketsOptions,
): Promise<TicketService> {
  const { concurrency, workerId, onError } = options
  const unhandled = new ReturnLine()
  const restorer = new TicketRestorer(engine, (error) => onError(error, UNCHECKED))
  await applyQueueSettings(engine, queue)
  const worker = openWorker<TicketData, RunEnd, 'ticket'>(engine.redis, {
    queue,
    prefix: engine.keys.tickets(queue),
    concurrency,
    isBulk: true,
    workerId,
    run: (job, token) => runJob(engine, queue, { ...options, unhandled }, job, token),
    onCompleted: (job) => restorer.noteEnd(parseTicketId(job.id ?? '').batchId),
    onError,
    describe: {
      queue: `queue ${queue} reported an error`,
      job: (job) => `ticket ${job?.id} failed unexpectedly and will be run again`,
    },
  })
  return {
    get held() {
      return worker.heldJobs
    },
    close: () => worker.close(),
  }
}

async function runJob(
  engine: Engine,
  queue: string,
  { runTicket, onError, unhandled }: ServeTicketsOptions & { unhandled: ReturnLine },
  job: Ticket,
  token: string | undefined,
): Promise<RunEnd> {
  const { batchId, ticket } = parseTicketId(job.id ?? '')
  // BullMQ counts the starts of a job, so each run has a greater number than the previous one, however that ended.
  const end = await runTicket({ queue, batchId, ticket, run: `${job.data.epoch}.${job.attemptsStarted}` })
  if (end.kind === 'unhandled') return await passOn(engine, queue, unhandled, job, token)
  if (end.kind !== 'wait') return end
  // A delayed ticket returns behind the others of its priority. `moveToWait` would put it in front of them.
  await job.moveToDelayed(Date.now() + end.waitMs, token)
  // An append between the last turn and this move found the ticket awake, and so could not wake it.
  if (end.waitMs > 0) await wakeTickets(engine, batchId).catch((error: unknown) => onError(error, UNCHECKED))
  throw new DelayedError()
}

/**
 * Passes a ticket that this worker cannot run to the workers that can. It returns to its queue, where this worker may get
 * it again, so it returns late. If no worker can run it, it ends: `issueTickets` issues it again once one can.
 */
async function passOn(
  engine: Engine,
  queue: string,
  unhandled: ReturnLine,
  job: Ticket,
  token: string | undefined,
): Promise<RunEnd> {
  const { batchId } = parseTicketId(job.id ?? '')
  const types = await engine.redis.hget(engine.keys.batch(batchId).meta, 'types')
  if (!(await isOffered(engine, queue, decodeTypes(types ?? '')))) return { kind: 'unhandled' }
  await job.moveToDelayed(Date.now() + unhandled.join(batchId), token)
  throw new DelayedError()
}
