import { type Static, Type } from 'typebox'
import { nullable } from './nullable.ts'

/** What holds the starts of a batch back while its upstream refuses calls. */
export const UpstreamWaitView = Type.Object(
  {
    state: Type.Enum(['paused', 'probing', 'paced'], {
      title: 'UpstreamWaitState',
      description:
        '`paused`: no task starts before `pausedUntil`. `probing`: one task at a time finds out whether the upstream ' +
        'accepts calls again. `paced`: it does, and tasks start at `startsPerSecond`.',
    }),
    startsPerSecond: nullable(
      Type.Number({
        minimum: 0,
        description:
          'How many tasks start per second while the upstream accepts calls. It grows until a call is refused. Null: ' +
          'not known yet.',
      }),
    ),
    message: Type.String({
      description: 'A sentence that explains the wait.',
      examples: ['The upstream has refused 7 calls in a row. No task starts before 2026-01-01T12:00:08.000Z.'],
    }),
  },
  { title: 'UpstreamWait', additionalProperties: false },
)
export type UpstreamWaitView = Static<typeof UpstreamWaitView>
