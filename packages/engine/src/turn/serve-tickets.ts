import { DelayedError, Worker as BullWorker, type Job } from 'bullmq'
import type { Engine } from '../engine.ts'
import { applyQueueSettings } from '../queue/put-queue.ts'
import { findQueueSettings } from '../settings/queue-settings.ts'
import type { TurnReply } from '../scripts/take-turn.ts'
import { issueTickets, wakeTickets } from '../ticket/issue-tickets.ts'
import { restAfterErrors, RUN_RETRY_DELAY_MS } from '../bullmq/rest-after-errors.ts'
import { parseTicketId } from '../bullmq/ticket-id.ts'
import type { TicketData } from '../bullmq/ticket-queues.ts'

/** A dead worker's tickets are back after at most the sum of these two. */
const LOCK_MS = 10_000
const STALLED_CHECK_MS = 5000

/** A ticket may come back from the dead as often as it must. */
const UNLIMITED = 1_000_000_000

/** One processing of a ticket by one worker. */
export interface TicketRun {
  queue: string
  batchId: string
  ticket: number
  /** `<epoch>.<number>`, greater for each run of the ticket: a fencing token. */
  run: string
}

/** Where a ticket goes after its run: back to the queue after a time, or out of it. */
export type TicketEnd =
  | Exclude<TurnReply, { outcome: 'run' }>
  /** The limit its queue is under has no room before: nothing in the batch can wake the ticket. */
  | { outcome: 'limited'; waitMs: number }

export interface TicketService {
  /** Tickets this process runs at once. */
  concurrency: number
  /** Takes turns of the ticket until it ends. */
  runTicket: (run: TicketRun) => Promise<TicketEnd>
  /** Told of what BullMQ reports and of what the reconciler will have to mend. */
  onError: (error: unknown, what: string) => void
}

const UNCHECKED = 'tickets could not be checked'

type Ticket = Job<TicketData, TicketEnd, 'ticket'>

/** Takes tickets of a queue as they come, until it is closed; closing waits for those that run. */
export async function serveTickets(
  engine: Engine,
  queue: string,
  service: TicketService,
): Promise<{ close(): Promise<void> }> {
  const { concurrency, onError } = service
  const settings = await findQueueSettings(engine, queue)
  if (settings) await applyQueueSettings(engine, queue, settings)
  const worker = new BullWorker<TicketData, TicketEnd, 'ticket'>(
    queue,
    (job, token) => runJob(engine, queue, service, job, token),
    {
      connection: engine.redis,
      prefix: engine.keys.tickets(queue),
      concurrency,
      lockDuration: LOCK_MS,
      stalledInterval: STALLED_CHECK_MS,
      maxStalledCount: UNLIMITED,
      runRetryDelay: RUN_RETRY_DELAY_MS,
      removeOnComplete: { count: 0 },
      removeOnFail: { count: 0 },
    },
  )
  worker.on('error', (error) => onError(error, `queue ${queue} reported an error`))
  worker.on('failed', (job, error) => onError(error, `ticket ${job?.id} failed unexpectedly, and is tried again`))
  worker.on('completed', (job, end) => {
    restoreTickets(engine, job, end).catch((error: unknown) => onError(error, UNCHECKED))
  })
  const stopResting = restAfterErrors(worker)
  return {
    close: async () => {
      stopResting()
      await worker.close()
    },
  }
}

async function runJob(
  engine: Engine,
  queue: string,
  { runTicket, onError }: TicketService,
  job: Ticket,
  token: string | undefined,
): Promise<TicketEnd> {
  const { batchId, ticket } = parseTicketId(job.id ?? '')
  // BullMQ counts the starts of a job, so a later run has a greater number, whatever became of the one before.
  const end = await runTicket({ queue, batchId, ticket, run: `${job.data.epoch}.${job.attemptsStarted}` })
  if (end.outcome !== 'wait' && end.outcome !== 'limited') return end
  // To the back of its priority, and there not before its time. `moveToWait` would put it in front.
  await job.moveToDelayed(Date.now() + end.waitMs, token)
  // Tasks appended between that turn and this move found the ticket still awake, and could not wake it.
  if (end.outcome === 'wait' && end.waitMs > 0)
    await wakeTickets(engine, batchId).catch((error: unknown) => onError(error, UNCHECKED))
  throw new DelayedError()
}

/**
 * A ticket's id is free only once BullMQ has removed its job. Whoever appended to the batch, resumed or retried it
 * between the ticket's last turn and that moment found the id taken, so the batch is looked at once more.
 */
async function restoreTickets(engine: Engine, job: Ticket, end: TicketEnd): Promise<void> {
  if (end.outcome !== 'superseded') await issueTickets(engine, parseTicketId(job.id ?? '').batchId)
}
