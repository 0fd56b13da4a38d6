import { type Static, Type } from 'typebox'
import { BatchOutcome, BatchState } from './batch.ts'
import { HeadroomView } from './criteria.ts'
import { instant } from './instant.ts'
import { InterruptionView } from './interruption.ts'
import { nullable } from './nullable.ts'
import { FailureClass } from './task.ts'
import { TaskCountsView } from './task-counts.ts'

const durationMs = (description: string) => Type.Number({ minimum: 0, description })

const PercentilesView = Type.Object(
  {
    count: Type.Integer({ minimum: 0, description: 'Number of durations.' }),
    mean: durationMs('The average.'),
    min: durationMs('The shortest duration, at least 0.1.'),
    p50: durationMs('The median.'),
    p90: durationMs('The 90th percentile.'),
    p99: durationMs('The 99th percentile.'),
    max: durationMs('The longest duration.'),
  },
  {
    title: 'Percentiles',
    description: 'Durations in ms. Percentiles come from a histogram, and are at most 10% above the true value.',
    additionalProperties: false,
  },
)

const group = {
  failureClass: FailureClass,
  status: nullable(Type.Integer({ description: "The upstream's HTTP status code, if it responded." })),
  message: Type.String({ description: 'The error message, with numbers and ids masked.' }),
}

/** Names a group of errors of a report. */
export const ErrorGroupName = Type.Object(group, {
  title: 'ErrorGroupName',
  additionalProperties: false,
  description: 'A group of errors, as `errors` of the report has it.',
})

const ErrorGroupView = Type.Object(
  {
    ...group,
    count: Type.Integer({ minimum: 0, description: 'Number of failed attempts, including those that were retried.' }),
    sampleSeq: Type.Integer({ minimum: 0, description: 'The seq of one task with this error.' }),
  },
  { title: 'ErrorGroup', additionalProperties: false },
)

const LatestFailureView = Type.Object(
  {
    at: instant('When the attempt was recorded.'),
    seq: Type.Integer({ minimum: 0, description: 'The seq of the task.' }),
    outcome: Type.Enum(['failed', 'retry', 'postponed'], {
      title: 'FailureOutcome',
      description:
        '`failed`: the task has failed. `retry`: it runs again. `postponed`: the same, but no attempt was spent, because ' +
        'the upstream refused the call.',
    }),
    failureClass: FailureClass,
    status: nullable(Type.Integer({ description: "The upstream's HTTP status code, if it responded." })),
    message: Type.String({
      description: 'The error message. If it is very long, it is cut, with numbers and ids masked.',
    }),
  },
  { title: 'LatestFailure', additionalProperties: false },
)

const StuckTaskView = Type.Object(
  {
    seq: Type.Integer({ minimum: 0, description: 'The seq of the task.' }),
    runningForMs: durationMs('Time since its attempt started, in ms.'),
  },
  { title: 'StuckTask', additionalProperties: false },
)

/** What a report shows. */
export const ReadReportQuery = Type.Object(
  {
    stuckAfterMs: Type.Optional(
      Type.Integer({
        minimum: 0,
        description:
          'After which time a running task is stuck, in ms. Default: one minute, and ten times the 99th percentile of ' +
          'executions.',
      }),
    ),
  },
  { additionalProperties: false },
)
export type ReadReportQuery = Static<typeof ReadReportQuery>

/** What happened in a batch so far. */
export const ReportView = Type.Object(
  {
    id: Type.String({ description: 'The id of the batch.' }),
    code: Type.String({ description: 'The code of the batch.' }),
    state: BatchState,
    outcome: nullable({ ...BatchOutcome, description: 'How the tasks have ended. Null until all have.' }),
    counts: TaskCountsView,
    durationMs: Type.Number({ minimum: 0, description: 'Time from the first start to the end, or to now, in ms.' }),
    throughputPerSecond: Type.Number({ minimum: 0, description: 'Finished tasks per second over `durationMs`.' }),
    executionMs: { ...PercentilesView, description: 'Duration of single attempts, in ms.' },
    lifetimeMs: { ...PercentilesView, description: 'Time from the acceptance of a task to its end, in ms.' },
    retries: Type.Integer({ minimum: 0, description: 'Number of failed attempts that were retried.' }),
    retriedTasks: Type.Integer({ minimum: 0, description: 'Number of tasks that got a second attempt.' }),
    retriedCompleted: Type.Integer({ minimum: 0, description: 'How many of `retriedTasks` have completed.' }),
    retriedFailed: Type.Integer({ minimum: 0, description: 'How many of `retriedTasks` have failed.' }),
    postponements: Type.Integer({
      minimum: 0,
      description: 'Number of times a task was postponed because the upstream refused its call.',
    }),
    errors: Type.Array(ErrorGroupView, { description: 'Failed attempts in groups, the most frequent first.' }),
    latestFailures: Type.Array(LatestFailureView, {
      maxItems: 20,
      description: 'The latest failed attempts, newest first.',
    }),
    stuckAfterMs: durationMs('After which time a running task is stuck: as the request says, or as its default is.'),
    stuckTasks: Type.Array(StuckTaskView, {
      description: 'Tasks whose attempt runs for longer than `stuckAfterMs`, the longest first.',
    }),
    headroom: Type.Array(HeadroomView, { description: 'Each criterion with its threshold and its current value.' }),
    interruptions: Type.Array(InterruptionView, { description: 'The interruptions of the batch, newest first.' }),
  },
  { title: 'BatchReport', additionalProperties: false },
)
export type ReportView = Static<typeof ReportView>
