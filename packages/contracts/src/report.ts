import { type Static, Type } from 'typebox'
import { nullable } from './nullable.ts'
import { BatchState } from './batch.ts'
import { HeadroomView } from './criteria.ts'
import { InterruptionView } from './interruption.ts'
import { TaskCountsView } from './task-counts.ts'

const durationMs = Type.Number({ minimum: 0 })
const count = Type.Integer({ minimum: 0 })

const PercentilesView = Type.Object(
  { count, p50: durationMs, p90: durationMs, p99: durationMs, max: durationMs },
  {
    title: 'Percentiles',
    description: 'Durations in ms, read off a histogram: each at most 10% above the true value.',
    additionalProperties: false,
  },
)

const ErrorGroupView = Type.Object(
  {
    failureClass: Type.String({ examples: ['server'] }),
    status: nullable(Type.Integer({ description: "The upstream's status code, where there was one." })),
    message: Type.String({ description: 'The error text with its numbers and ids blanked out.' }),
    count: Type.Integer({ minimum: 0, description: 'Failed attempts, those that were tried again included.' }),
    sampleSeq: Type.Integer({ minimum: 0, description: 'One task it happened to.' }),
  },
  { title: 'ErrorGroup', additionalProperties: false },
)

const StuckTaskView = Type.Object(
  { seq: count, runningForMs: durationMs },
  { title: 'StuckTask', additionalProperties: false },
)

/** What became of a batch so far. */
export const ReportView = Type.Object(
  {
    id: Type.String(),
    code: Type.String(),
    state: BatchState,
    counts: TaskCountsView,
    durationMs: Type.Number({ minimum: 0, description: 'From the first start to the end, or to now, in ms.' }),
    throughputPerSecond: Type.Number({ minimum: 0, description: 'Finished tasks a second over that time.' }),
    executionMs: { ...PercentilesView, description: 'Of single attempts, while they ran, in ms.' },
    lifetimeMs: { ...PercentilesView, description: 'Of tasks, from when they were accepted to their end, in ms.' },
    retries: Type.Integer({ minimum: 0, description: 'Attempts that failed and were tried again.' }),
    postponements: Type.Integer({ minimum: 0, description: 'Times the upstream asked to come back later.' }),
    errors: Type.Array(ErrorGroupView, { description: 'Failed attempts by kind, the most frequent first.' }),
    stuckTasks: Type.Array(StuckTaskView, {
      description: 'Tasks that have been running longer than a minute and than ten times the 99th percentile.',
    }),
    headroom: Type.Array(HeadroomView, { description: 'Each criterion with its threshold and its present value.' }),
    interruptions: Type.Array(InterruptionView, { description: 'Why it was stopped, the newest first.' }),
  },
  { title: 'BatchReport', additionalProperties: false },
)
export type ReportView = Static<typeof ReportView>
