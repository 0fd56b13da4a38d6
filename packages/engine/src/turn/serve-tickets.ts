import { DelayedError, type Job } from 'bullmq'
import type { Engine } from '../engine.ts'
import { applyQueueSettings } from '../queue/apply-queue-settings.ts'
import { findQueueSettings } from '../settings/queue-settings.ts'
import type { TurnReply } from '../scripts/take-turn.ts'
import { issueTickets, wakeTickets } from '../ticket/issue-tickets.ts'
import { openWorker, type OnWorkerError } from '../bullmq/open-worker.ts'
import { parseTicketId } from '../bullmq/ticket-id.ts'
import type { TicketData } from '../bullmq/ticket-queues.ts'

/** One processing of a ticket by one worker. */
export interface TicketRun {
  queue: string
  batchId: string
  ticket: number
  /** `<epoch>.<number>`, greater for each run of the ticket: a fencing token. */
  run: string
}

/** Where a ticket goes after its run: back to the queue after a time, or out of it. */
export type RunEnd =
  | Exclude<TurnReply, { kind: 'run' }>
  /** The limit its queue is under has no room before: nothing in the batch can wake the ticket. */
  | { kind: 'limited'; waitMs: number }

export interface ServeTicketsOptions {
  /** Tickets this process runs at once. */
  concurrency: number
  /** Takes turns of the ticket until it ends. */
  runTicket: (run: TicketRun) => Promise<RunEnd>
  /** Receives what BullMQ reports, and failures that the reconciler will repair. */
  onError: OnWorkerError
}

const UNCHECKED = 'tickets could not be checked'

type Ticket = Job<TicketData, RunEnd, 'ticket'>

/** Runs tickets of a queue as they come, until it is closed; closing waits for the runs under way. */
export async function serveTickets(
  engine: Engine,
  queue: string,
  options: ServeTicketsOptions,
): Promise<{ close(): Promise<void> }> {
  const { concurrency, onError } = options
  const settings = await findQueueSettings(engine, queue)
  if (settings) await applyQueueSettings(engine, queue, settings)
  return openWorker<TicketData, RunEnd, 'ticket'>(engine.redis, {
    queue,
    prefix: engine.keys.tickets(queue),
    concurrency,
    run: (job, token) => runJob(engine, queue, options, job, token),
    onCompleted: (job, end) => {
      restoreTickets(engine, job, end).catch((error: unknown) => onError(error, UNCHECKED))
    },
    onError,
    describe: {
      queue: `queue ${queue} reported an error`,
      job: (job) => `ticket ${job?.id} failed unexpectedly and will be run again`,
    },
  })
}

async function runJob(
  engine: Engine,
  queue: string,
  { runTicket, onError }: ServeTicketsOptions,
  job: Ticket,
  token: string | undefined,
): Promise<RunEnd> {
  const { batchId, ticket } = parseTicketId(job.id ?? '')
  // BullMQ counts the starts of a job, so a later run has a greater number, whatever became of the one before.
  const end = await runTicket({ queue, batchId, ticket, run: `${job.data.epoch}.${job.attemptsStarted}` })
  if (end.kind !== 'wait' && end.kind !== 'limited') return end
  // To the back of its priority, and there not before its time. `moveToWait` would put it in front.
  await job.moveToDelayed(Date.now() + end.waitMs, token)
  // Tasks appended between that turn and this move found the ticket still awake, and could not wake it.
  if (end.kind === 'wait' && end.waitMs > 0)
    await wakeTickets(engine, batchId).catch((error: unknown) => onError(error, UNCHECKED))
  throw new DelayedError()
}

/**
 * A ticket's id is free only once BullMQ has removed its job. Whoever appended to the batch, resumed or retried it
 * between the ticket's last turn and that moment found the id taken, so the batch is looked at once more.
 */
async function restoreTickets(engine: Engine, job: Ticket, end: RunEnd): Promise<void> {
  if (end.kind !== 'superseded') await issueTickets(engine, parseTicketId(job.id ?? '').batchId)
}
