import {
  AppendTasksBody,
  AppendTasksQuery,
  AppendTasksResult,
  BatchParams,
  ResultsQuery,
  TaskList,
  TaskListQuery,
  TaskParams,
  TaskResultView,
  TaskView,
} from '@sluice/contracts'
import { Type } from 'typebox'
import { NDJSON } from '../ndjson/media-type.ts'
import { content, json, problems } from '../openapi/responses.ts'

const tags = ['tasks']

const ndjsonExample = '{"key":"a","payload":{"url":"https://api.example.com/a"}}\n{"payload":{"n":2}}\n'

/** Append tasks to a batch. */
export const appendTasksOperation = {
  operationId: 'appendTasks',
  tags,
  summary: 'Append tasks to a batch',
  description:
    'As a JSON array, which is refused whole when one of its tasks is wrong, or as NDJSON of any length: one task a ' +
    'line, blank lines are skipped. NDJSON is taken in while ' +
    'it arrives, in chunks of up to 1,000 tasks that are kept whole or refused whole. When a request fails, or its ' +
    'answer is lost, what was accepted before stays: go on with `?offset=` and the `total` of the answer or of the batch.',
  params: BatchParams,
  querystring: AppendTasksQuery,
  body: {
    content: {
      'application/json': { schema: AppendTasksBody },
      [NDJSON]: { schema: Type.String({ description: 'One task a line.', examples: [ndjsonExample] }) },
    },
  },
  response: {
    200: json('All tasks are in the batch.', AppendTasksResult),
    ...problems({
      400: 'SLUICE_TASKS_INVALID (lines names the first bad ones), SLUICE_REQUEST_INVALID, SLUICE_BODY_NOT_JSON, SLUICE_BATCH_TOO_LARGE',
      404: 'SLUICE_BATCH_NOT_FOUND',
      409: 'SLUICE_BATCH_SEALED, SLUICE_BATCH_STATE, SLUICE_OFFSET_GAP',
      413: 'SLUICE_BODY_TOO_LARGE',
      415: 'SLUICE_MEDIA_TYPE',
      507: 'SLUICE_STORAGE_FULL',
    }),
  },
}

/** List the tasks of a batch. */
export const listTasksOperation = {
  operationId: 'listTasks',
  tags,
  summary: 'List the tasks of a batch',
  description:
    'In order of seq. A page may hold fewer rows than asked for: it ends at about 1 MB, though it always has room for ' +
    'one task, and may even be empty when a filter matches rarely. Only a null nextCursor ends the list.',
  params: BatchParams,
  querystring: TaskListQuery,
  response: {
    200: json('A page of tasks.', TaskList),
    ...problems({ 400: 'SLUICE_REQUEST_INVALID, SLUICE_CURSOR_INVALID', 404: 'SLUICE_BATCH_NOT_FOUND' }),
  },
}

/** Read a task. */
export const readTaskOperation = {
  operationId: 'readTask',
  tags,
  summary: 'Read a task',
  description: 'With its payload, and its result or its last error.',
  params: TaskParams,
  response: {
    200: json('The task.', TaskView),
    ...problems({ 400: 'SLUICE_REQUEST_INVALID', 404: 'SLUICE_BATCH_NOT_FOUND, SLUICE_TASK_NOT_FOUND' }),
  },
}

/** Stream the results of a batch. */
export const readResultsOperation = {
  operationId: 'readResults',
  tags,
  summary: 'Stream the results of a batch',
  description:
    'One JSON object a line, in order of seq, as each task is when its line is written. It is sent as fast as ' +
    'you read it. A stream that breaks off in the middle of a chunk was cut short by an error.',
  params: BatchParams,
  querystring: ResultsQuery,
  response: {
    200: content('One result a line.', NDJSON, TaskResultView),
    ...problems({ 400: 'SLUICE_REQUEST_INVALID', 404: 'SLUICE_BATCH_NOT_FOUND' }),
  },
}
