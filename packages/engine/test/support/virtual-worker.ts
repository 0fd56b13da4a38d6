import type { LeasedTask, Outcome, Turn, TurnReply } from '../../src/scripts/take-turns.ts'
import { completed, postponed } from './outcomes.ts'
import type { SimulatedUpstream } from './simulated-upstream.ts'
import type { TakeTimedTurn } from './timed-turns.ts'

/** A ticket at its next event: a turn, or the end of its call. */
interface VirtualTicket {
  ticket: number
  run: number
  turn: number
  /** In ms. */
  at: number
  outcomes: Outcome[]
}

/** How a worker in virtual time runs a batch. */
export interface VirtualWorkerOptions {
  take: TakeTimedTurn
  upstream: SimulatedUpstream
  tickets: number
  /** Duration of an accepted call, in ms: the shortest and the longest. A refusal takes 5 ms. */
  latencyMs: readonly [number, number]
  /** Called when an accepted call ends. */
  onEnd: () => void
  /** In ms of virtual time. */
  from: number
  random: () => number
}

/** A call that was made. Times are in ms since the start. */
export interface VirtualCall {
  at: number
  isAccepted: boolean
}

const REFUSAL_MS = 5
const FIRST_POSTPONEMENT_MS = 1000

/** Runs a batch as workers do, in virtual time, until its last ticket has ended. Returns its calls, in order. */
export async function runVirtually(options: VirtualWorkerOptions): Promise<VirtualCall[]> {
  const { take, from, tickets } = options
  const calls: VirtualCall[] = []
  const line: VirtualTicket[] = Array.from({ length: tickets }, (_, ticket) => {
    return { ticket, run: 1, turn: 1, at: from + ticket / 10, outcomes: [] }
  })
  for (let next = line.shift(); next; next = line.shift()) {
    if (next.outcomes.some(({ kind }) => kind === 'completed')) options.onEnd()
    const { reply } = await take(Math.floor(next.at), turnOf(next))
    const later = afterReply(options, next, reply, calls)
    if (!later) continue
    const place = line.findIndex(({ at }) => at > later.at)
    line.splice(place < 0 ? line.length : place, 0, later)
  }
  return calls
}

function turnOf({ ticket, run, turn, outcomes }: VirtualTicket): Turn {
  return { ticket, run: `1.${run}`, turn, intent: 'lease', want: 1, outcomes }
}

function afterReply(
  options: VirtualWorkerOptions,
  ticket: VirtualTicket,
  reply: TurnReply,
  calls: VirtualCall[],
): VirtualTicket | undefined {
  if (reply.kind === 'wait') {
    // BullMQ returns a ticket a little late.
    const at = ticket.at + reply.waitMs + 1 + options.random() * 3
    return { ...ticket, run: ticket.run + 1, turn: 1, at, outcomes: [] }
  }
  const [task] = reply.kind === 'run' ? reply.tasks : []
  if (!task) return undefined
  const isAccepted = options.upstream(ticket.at * 1000)
  calls.push({ at: ticket.at - options.from, isAccepted })
  return { ...ticket, turn: ticket.turn + 1, ...endOfCall(options, ticket.at, task, isAccepted) }
}

function endOfCall(
  { latencyMs: [least, most], random }: VirtualWorkerOptions,
  at: number,
  { seq }: LeasedTask,
  isAccepted: boolean,
) {
  if (!isAccepted) return { at: at + REFUSAL_MS, outcomes: [postponed(seq, { delayMs: FIRST_POSTPONEMENT_MS })] }
  return { at: at + least + random() * (most - least), outcomes: [completed(seq)] }
}
