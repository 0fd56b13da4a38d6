import { type Static, Type } from 'typebox'
import { instant } from './instant.ts'
import { nullable } from './nullable.ts'

/** Where a task is in its life. */
export const TaskState = Type.Enum(['pending', 'delayed', 'running', 'completed', 'failed', 'cancelled'], {
  description: 'Where the task is in its life.',
})
export type TaskState = Static<typeof TaskState>

/** Why an attempt failed, by who or what is to blame. */
export const FailureClass = Type.Enum(
  ['rate_limited', 'overloaded', 'timeout', 'network', 'auth', 'invalid', 'server', 'handler', 'worker_lost'],
  { description: 'The class of a failure.' },
)
export type FailureClass = Static<typeof FailureClass>

/** Why the last attempt of a task failed. */
export const TaskErrorView = Type.Object(
  {
    failureClass: Type.String({ description: 'The failure class.', examples: ['server'] }),
    message: Type.String(),
    status: Type.Optional(Type.Integer({ description: "The upstream's status code, where there was one." })),
    stack: Type.Optional(Type.String({ description: 'Where the handler threw.' })),
  },
  { title: 'TaskError', additionalProperties: false },
)
export type TaskErrorView = Static<typeof TaskErrorView>

const seq = Type.Integer({ minimum: 0, description: 'Its place in the batch: 0, 1, 2 …' })
const key = nullable(Type.String({ description: 'The id its sender gave it.' }))
const attempts = Type.Integer({ minimum: 0, description: 'Attempts begun so far, those given back not counted.' })
const finishedAt = nullable(instant('The end of its last recorded attempt.'))
const durationMs = nullable(Type.Number({ minimum: 0, description: 'How long that attempt took, in ms.' }))
const result = Type.Unknown({ description: 'What the handler returned: any JSON value. Null before that.' })
const error = nullable(TaskErrorView)

/** A task as it is at one moment. */
export const TaskView = Type.Object(
  {
    seq,
    key,
    type: Type.String({ description: 'The handler that runs it.' }),
    state: TaskState,
    attempts,
    payload: Type.Unknown({ description: 'What the handler gets: any JSON value.' }),
    weights: nullable(
      Type.Record(Type.String(), Type.Number(), { description: 'What it weights of a limit, by unit.' }),
    ),
    appendedAt: instant('When it was accepted.'),
    dueAt: nullable(instant('When a delayed task may run again.')),
    finishedAt,
    durationMs,
    result,
    error,
  },
  { title: 'Task', additionalProperties: false },
)
export type TaskView = Static<typeof TaskView>

/** What is recorded of a task, without its payload: one line of the results stream. */
export const TaskResultView = Type.Object(
  { seq, key, state: TaskState, attempts, finishedAt, durationMs, result, error },
  { title: 'TaskResult', additionalProperties: false },
)
export type TaskResultView = Static<typeof TaskResultView>

/** A page of tasks, in order of seq. */
export const TaskList = Type.Object(
  {
    tasks: Type.Array(TaskView),
    nextCursor: nullable(Type.String({ description: 'The cursor of the next page; null on the last one.' })),
  },
  { title: 'TaskList', additionalProperties: false },
)
export type TaskList = Static<typeof TaskList>
