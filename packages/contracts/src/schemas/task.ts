import { type Static, Type } from 'typebox'
import { instant } from './instant.ts'
import { nullable } from './nullable.ts'

/** Where a task is in its life. */
export const TaskState = Type.Enum(['pending', 'delayed', 'running', 'completed', 'failed', 'cancelled'], {
  title: 'TaskState',
  description: 'The state of the task.',
})
export type TaskState = Static<typeof TaskState>

/** Why an attempt failed. */
export const FailureClass = Type.Enum(
  ['rate_limited', 'overloaded', 'timeout', 'network', 'auth', 'invalid', 'server', 'handler', 'worker_lost'],
  { title: 'FailureClass', description: 'The class of a failure.' },
)
export type FailureClass = Static<typeof FailureClass>

/** Why the last attempt of a task failed. */
export const TaskErrorView = Type.Object(
  {
    failureClass: FailureClass,
    message: Type.String({ description: 'The error message.' }),
    status: Type.Optional(Type.Integer({ description: "The upstream's HTTP status code, if it responded." })),
    stack: Type.Optional(
      Type.String({ description: 'The stack trace, if the handler threw an error that does not say what it means.' }),
    ),
  },
  { title: 'TaskError', additionalProperties: false },
)
export type TaskErrorView = Static<typeof TaskErrorView>

const seq = Type.Integer({ minimum: 0, description: 'Position of the task in its batch, starting at 0.' })
const key = nullable(Type.String({ description: 'Your own id for the task.' }))
const attempts = Type.Integer({
  minimum: 0,
  description: 'Number of attempts started. Released attempts do not count.',
})
const finishedAt = nullable(instant('When the last recorded attempt ended.'))
const durationMs = nullable(Type.Number({ minimum: 0, description: 'Duration of the last recorded attempt, in ms.' }))
const result = Type.Unknown({
  description: "The handler's return value: any JSON value. Null until the task has completed.",
})
const error = nullable({ ...TaskErrorView, description: 'Why the last attempt failed. Null unless it did.' })

/** A task at one moment. */
export const TaskView = Type.Object(
  {
    seq,
    key,
    type: Type.String({ description: 'The handler that runs the task.' }),
    state: TaskState,
    attempts,
    maxAttempts: Type.Integer({
      minimum: 1,
      description:
        'How many attempts the task may have, including the first. Released and postponed ones do not count.',
    }),
    payload: Type.Unknown({ description: 'The input of the handler: any JSON value.' }),
    weights: nullable(
      Type.Record(Type.String(), Type.Number(), { description: 'How much of each unit of a limit the task uses.' }),
    ),
    appendedAt: instant('When the task was accepted.'),
    dueAt: nullable(instant('The time from which a delayed task may run.')),
    startedAt: nullable(
      instant(
        'When the running attempt started. Null unless one runs. Of a task of less than 100 ms, it may be up to 200 ms too ' +
          'early, because a worker leases several of them at once.',
      ),
    ),
    finishedAt,
    durationMs,
    result,
    error,
  },
  { title: 'Task', additionalProperties: false },
)
export type TaskView = Static<typeof TaskView>

/** A task of any batch at one moment. */
export const FoundTaskView = Type.Object(
  {
    batchId: Type.String({ description: 'The id of its batch.' }),
    code: Type.String({ description: 'The code of its batch.' }),
    queue: Type.String({ description: 'The queue of its batch.' }),
    ...TaskView.properties,
  },
  { title: 'FoundTask', additionalProperties: false },
)
export type FoundTaskView = Static<typeof FoundTaskView>

/** The recorded result of a task, without its payload: one line of the results stream. */
export const TaskResultView = Type.Object(
  { seq, key, state: TaskState, attempts, finishedAt, durationMs, result, error },
  { title: 'TaskResult', additionalProperties: false },
)
export type TaskResultView = Static<typeof TaskResultView>
