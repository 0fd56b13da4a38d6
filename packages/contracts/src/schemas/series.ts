import { type Static, Type } from 'typebox'
import { instant } from './instant.ts'
import { nullable } from './nullable.ts'

const count = (description: string) => Type.Integer({ minimum: 0, description })

const percentile = (description: string) => nullable(Type.Number({ minimum: 0, description }))

const share = Type.Optional(Type.Number({ minimum: 0, description: 'The share. 1 stops the batch.' }))

/** What happened to a batch within one period. */
export const SampleView = Type.Object(
  {
    at: instant('When the period began.'),
    completed: count('Tasks that completed.'),
    failed: count('Tasks that failed for good.'),
    retried: count('Attempts that failed and are retried.'),
    postponed: count('Attempts that the upstream refused (429).'),
    running: count('Tasks that were running when the period ended.'),
    waiting: count('Tasks that were pending or delayed when the period ended.'),
    p50Ms: percentile('Median duration of the attempts that ended, in ms, at most 10% too high. Null: none ended.'),
    p95Ms: percentile('The 95th percentile of the same durations, in ms. Null: none ended.'),
    concurrency: count(
      'How many tasks could run at once when the period ended: the lower concurrency of the batch and of its queue.',
    ),
    criteria: Type.Object(
      {
        maxErrorRate: share,
        maxFailedTasks: share,
        maxConsecutiveFailures: share,
        maxRateLimitHits: share,
        maxConcurrencyErrors: share,
        taskTimeoutMs: share,
        maxBatchRuntimeMs: share,
      },
      {
        title: 'CriterionShares',
        additionalProperties: false,
        description:
          'The value of each criterion as a share of the threshold that it had. A criterion without a threshold is absent. ' +
          'Shares of past periods have steps of 0.005 and end at 1.27.',
      },
    ),
  },
  { title: 'Sample', additionalProperties: false },
)
export type SampleView = Static<typeof SampleView>

/** A moment that explains a change in a series. */
export const MarkView = Type.Object(
  {
    kind: Type.Enum(['started', 'interrupted', 'resumed', 'retried', 'changed', 'finished'], {
      description:
        '`started`: a worker took the first task. `interrupted` and `resumed`: the batch was. `retried`: failed tasks run ' +
        'again. `changed`: settings of the batch were changed. `finished`: the batch was completed or cancelled.',
    }),
    at: instant('When it happened.'),
    reason: nullable(Type.String({ description: 'The reason of an interruption. Null for every other kind.' })),
  },
  { title: 'Mark', additionalProperties: false },
)
export type MarkView = Static<typeof MarkView>

/** How a batch went on over time. */
export const SeriesView = Type.Object(
  {
    periodMs: Type.Integer({
      minimum: 1,
      description: 'The length of a period, in ms: 10,000, and twice as long each time the series is full.',
    }),
    samples: Type.Array(SampleView, {
      maxItems: 721,
      description:
        'The periods in which something was recorded, oldest first. In a period without a sample nothing ended. The last one ' +
        'may still go on.',
    }),
    marks: Type.Array(MarkView, { description: 'What happened to the batch as a whole, oldest first.' }),
  },
  { title: 'Series', additionalProperties: false },
)
export type SeriesView = Static<typeof SeriesView>
