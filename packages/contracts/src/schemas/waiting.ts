import { type Static, Type } from 'typebox'
import { instant } from './instant.ts'

/** What tasks of a batch wait for. */
export const WaitingKind = Type.Enum(
  ['start_at', 'queue_paused', 'no_worker', 'no_handler', 'limit', 'upstream_pause', 'backoff', 'slot', 'seal'],
  {
    title: 'WaitingKind',
    description:
      '`start_at`: the start of the batch has not come. `queue_paused`: the queue is paused. `no_worker`: no worker serves the queue. `no_handler`: no worker of the queue ' +
      "handles all types of the batch's tasks. `limit`: the limit of the queue has no room. `upstream_pause`: the " +
      'upstream refuses calls. `backoff`: all tasks wait for their retry. `slot`: other batches use all slots. `seal`: ' +
      'all tasks have ended, and the batch is not sealed.',
  },
)
export type WaitingKind = Static<typeof WaitingKind>

/** One thing that tasks of a batch wait for. */
export const WaitingView = Type.Object(
  {
    kind: WaitingKind,
    message: Type.String({
      description: 'A sentence that explains the wait.',
      examples: ['No worker of queue "default" has a handler for the task type "htpp".'],
    }),
    types: Type.Optional(
      Type.Array(Type.String(), { description: 'The task types that lack a handler: `no_handler`.' }),
    ),
    until: Type.Optional(instant('When the wait ends: `start_at`, and `upstream_pause` and `backoff` if known.')),
  },
  { title: 'Waiting', additionalProperties: false },
)
export type WaitingView = Static<typeof WaitingView>
