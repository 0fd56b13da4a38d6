import { decodeTypes } from '../model/offer.ts'
import { defineScript, type ReplyOf } from './define-script.ts'

/** Plans which tickets a batch should have in its queue. */
export const planTicketsScript = defineScript('plan-tickets', {
  keys: ['meta', 'waits', 'leases'],
  args: [],
  encode: () => ({ args: {} }),
  replies: {
    nothing: () => ({}),
    not_yet: ([ms]) => ({ startsInMs: Number(ms) }),
    issue: ([openTasks, maxTickets, epoch, queue, priority, types, sleeping, holding]) => ({
      /** The number of pending and delayed tasks of an active batch, otherwise 0. */
      openTasks: Number(openTasks),
      maxTickets: Number(maxTickets),
      epoch: Number(epoch),
      queue: String(queue),
      priority: Number(priority),
      types: decodeTypes(String(types)),
      /** Tickets that wait although there is work. */
      sleeping: (sleeping as unknown[]).map(Number),
      /** Tickets that hold tasks. They must exist, because only their next run can take over these tasks. */
      holding: (holding as unknown[]).map(Number),
    }),
  },
})

/** The tickets a batch should have in its queue. */
export type TicketPlan = Extract<ReplyOf<typeof planTicketsScript>, { kind: 'issue' }>
