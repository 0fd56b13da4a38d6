import { AppendTasksBody, AppendTasksQuery, AppendTasksView } from '../schemas/append-tasks.ts'
import { BatchParams } from '../schemas/batch.ts'
import {
  FoundTaskList,
  ListTasksQuery,
  ReadResultsQuery,
  SearchTasksQuery,
  TaskList,
  TaskParams,
} from '../schemas/list-tasks.ts'
import { RetryTasksBody, RetryTasksView } from '../schemas/retry-tasks.ts'
import { TaskLine } from '../schemas/task-line.ts'
import { resultColumns } from '../schemas/result-columns.ts'
import { TaskResultView, TaskView } from '../schemas/task.ts'
import { csv, json, ndjson } from './content.ts'
import { body, operation, optionalBody } from './operation.ts'

/** What can be done with the tasks of a batch. */
export const taskOperations = {
  appendTasks: operation({
    id: 'appendTasks',
    method: 'POST',
    path: '/v1/batches/:id/tasks',
    tag: 'tasks',
    summary: 'Append tasks to a batch',
    description:
      'Adds tasks, sent as a JSON array or as NDJSON of any length: one task per line, blank lines are skipped. An array is ' +
      'refused as a whole if one of its tasks is invalid. NDJSON is accepted while it arrives, in chunks of up to 1,000 ' +
      'tasks, each kept or refused as a whole. If a request fails or its answer is lost, accepted tasks stay: continue ' +
      'with `?offset=` and the `total` of the answer or of the batch. An `Idempotency-Key` is refused: `?offset=` makes an ' +
      'append safe to repeat.',
    permission: 'batches:write',
    gate: 'normal',
    params: BatchParams,
    query: AppendTasksQuery,
    body: body(json(AppendTasksBody), ndjson(TaskLine)),
    answers: { 200: { description: 'All tasks are in the batch.', content: json(AppendTasksView) } },
    errors: [
      'SLUICE_TASKS_INVALID',
      'SLUICE_BODY_DAMAGED',
      'SLUICE_BODY_EXPANDS',
      'SLUICE_BATCH_TOO_LARGE',
      'SLUICE_QUOTA_REACHED',
      'SLUICE_TOO_MANY_TYPES',
      'SLUICE_BATCH_NOT_FOUND',
      'SLUICE_QUEUE_CLOSED',
      'SLUICE_BATCH_SEALED',
      'SLUICE_BATCH_STATE',
      'SLUICE_OFFSET_GAP',
      'SLUICE_TASKS_DIFFER',
    ],
    remarks: { SLUICE_BATCH_STATE: 'The batch is cancelled.' },
  }),

  listTasks: operation({
    id: 'listTasks',
    method: 'GET',
    path: '/v1/batches/:id/tasks',
    tag: 'tasks',
    summary: 'List the tasks of a batch',
    description:
      'Returns a page of tasks, in order of seq. A page may have fewer rows than `pageSize`: it ends at about 1 MB, and it ' +
      'may be empty if a filter matches few tasks. Only a null `nextCursor` ends the list.',
    permission: 'payloads:read',
    gate: 'sheddable',
    params: BatchParams,
    query: ListTasksQuery,
    answers: { 200: { description: 'A page of tasks.', content: json(TaskList) } },
    errors: ['SLUICE_CURSOR_INVALID', 'SLUICE_BATCH_NOT_FOUND'],
  }),

  searchTasks: operation({
    id: 'searchTasks',
    method: 'GET',
    path: '/v1/tasks',
    tag: 'tasks',
    summary: 'Search the tasks of all batches',
    description:
      'Returns a page of tasks, those of the newest batch first, and in each batch the last one first. A page examines up to ' +
      '2,000 batches and 5,000 tasks, and ends at about 1 MB, so it may have fewer rows than `pageSize`, or none. Only a ' +
      'null `nextCursor` ends the list.',
    permission: 'payloads:read',
    gate: 'sheddable',
    query: SearchTasksQuery,
    answers: { 200: { description: 'A page of tasks.', content: json(FoundTaskList) } },
    errors: ['SLUICE_CURSOR_INVALID'],
  }),

  readTask: operation({
    id: 'readTask',
    method: 'GET',
    path: '/v1/batches/:id/tasks/:seq',
    tag: 'tasks',
    summary: 'Read a task',
    description: 'Returns the task with its payload and its result or its last error.',
    permission: 'payloads:read',
    gate: 'normal',
    params: TaskParams,
    answers: { 200: { description: 'The task.', content: json(TaskView) } },
    errors: ['SLUICE_BATCH_NOT_FOUND', 'SLUICE_TASK_NOT_FOUND'],
  }),

  retryTasks: operation({
    id: 'retryTasks',
    method: 'POST',
    path: '/v1/batches/:id/retry',
    tag: 'tasks',
    summary: 'Retry failed tasks of a batch',
    description:
      'Runs failed tasks again, beginning with their first attempt: all of them, those of one failure class or of one group ' +
      'of errors of the report, or those that are named. A completed batch becomes active again. The recorded error of a task stays readable until its next ' +
      'attempt is recorded.',
    permission: 'batches:control',
    gate: 'normal',
    params: BatchParams,
    body: optionalBody(json(RetryTasksBody)),
    answers: {
      200: { description: 'The batch, and the number of tasks that run again.', content: json(RetryTasksView) },
    },
    errors: [
      'SLUICE_BATCH_NOT_FOUND',
      'SLUICE_QUEUE_CLOSED',
      'SLUICE_NOTHING_TO_RETRY',
      'SLUICE_BATCH_STATE',
      'SLUICE_QUEUE_MISSING',
    ],
    remarks: { SLUICE_BATCH_STATE: 'The batch is cancelled.' },
  }),

  readResults: operation({
    id: 'readResults',
    method: 'GET',
    path: '/v1/batches/:id/results',
    tag: 'tasks',
    summary: 'Stream the results of a batch',
    description:
      'Streams one JSON object per task, in order of seq. Each line shows the task at the moment it is written. The stream ' +
      'is as fast as its reader. A connection that closes before the end of the response was cut short by an error: continue with `fromSeq`. ' +
      '`format=csv` streams rows instead (RFC 4180, UTF-8). Fields that come from you, such as `key`, are never changed: ' +
      'a spreadsheet would run one that begins with `=` as a formula.',
    permission: 'payloads:read',
    gate: 'sheddable',
    params: BatchParams,
    query: ReadResultsQuery,
    answers: {
      200: { description: 'One result per line.', content: ndjson(TaskResultView), otherForm: csv(resultColumns) },
    },
    errors: ['SLUICE_BATCH_NOT_FOUND', 'SLUICE_TOO_MANY_STREAMS'],
  }),
}
