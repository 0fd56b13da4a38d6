import {
  applyQueueSettings,
  findQueueSettings,
  issueTickets,
  parseTicketId,
  type Engine,
  type TicketData,
} from '@sluice/engine'
import { DelayedError, Worker as BullWorker, type Job } from 'bullmq'
import type { Logger } from './handler.ts'
import { runTicket, type TicketEnd, type TicketRunner } from './run-ticket.ts'

/** A dead worker's tickets are back after at most the sum of these two. */
const LOCK_MS = 10_000
const STALLED_CHECK_MS = 5000

/** A ticket may come back from the dead as often as it must. */
const UNLIMITED = 1_000_000_000

type Ticket = Job<TicketData, TicketEnd, 'ticket'>

/** Runs the tickets of one queue. */
export interface QueueWorker {
  close(): Promise<void>
}

/** Starts to take tickets of a queue, at most `concurrency` at once in this process. */
export async function startQueueWorker(runner: TicketRunner, queue: string, concurrency: number): Promise<QueueWorker> {
  const { engine, log } = runner
  const settings = await findQueueSettings(engine, queue)
  if (settings) await applyQueueSettings(engine, queue, settings)
  const worker = new BullWorker<TicketData, TicketEnd, 'ticket'>(queue, (job, token) => process(runner, job, token), {
    connection: engine.redis,
    prefix: engine.keys.tickets(queue),
    concurrency,
    lockDuration: LOCK_MS,
    stalledInterval: STALLED_CHECK_MS,
    maxStalledCount: UNLIMITED,
    removeOnComplete: { count: 0 },
    removeOnFail: { count: 0 },
  })
  worker.on('error', (error) => log.warn({ err: error, queue }, 'the queue worker reported an error'))
  worker.on('completed', (job, end) => void restoreTickets(engine, log, job, end))
  return { close: () => worker.close() }
}

async function process(runner: TicketRunner, job: Ticket, token: string | undefined): Promise<TicketEnd> {
  const { batchId, ticket } = parseTicketId(job.id ?? '')
  // BullMQ counts the starts of a job, so a later run has a greater number, whatever became of the one before.
  const run = `${job.data.epoch}.${job.attemptsStarted}`
  const end = await runTicket(runner, { batchId, ticket, run })
  if (end.outcome !== 'wait') return end
  // To the back of its priority, and there not before its time. `moveToWait` would put it in front.
  await job.moveToDelayed(Date.now() + end.waitMs, token)
  throw new DelayedError()
}

/**
 * A ticket's id is free only once BullMQ has removed its job. Tasks appended between the turn in which it retired and
 * that moment found the id taken, so the batch is looked at once more.
 */
async function restoreTickets(engine: Engine, log: Logger, job: Ticket, end: TicketEnd): Promise<void> {
  if (end.outcome !== 'retire') return
  const { batchId } = parseTicketId(job.id ?? '')
  try {
    await issueTickets(engine, batchId)
  } catch (error) {
    log.warn({ err: error, batchId }, 'tickets could not be checked; the reconciler will')
  }
}
