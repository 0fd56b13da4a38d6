import type { AppendTasksView, BatchView, CreateBatchBody, Problem, TaskList, TaskView } from '@sluice/contracts'
import type { FastifyInstance } from 'fastify'
import { expect } from 'vitest'

/** Creates a batch, which must succeed. By default its tasks have the type `test`, with which any payload is valid. */
export async function createBatch(app: FastifyInstance, body: CreateBatchBody = {}): Promise<BatchView> {
  const response = await app.inject({ method: 'POST', url: '/v1/batches', payload: { type: 'test', ...body } })
  expect(response.statusCode, `answer: ${response.body}`).toBe(201)
  return response.json<BatchView>()
}

/** Appends tasks given as lines of NDJSON, which must succeed. */
export async function appendLines(
  app: FastifyInstance,
  id: string,
  lines: readonly string[],
): Promise<AppendTasksView> {
  const response = await postLines(app, id, lines)
  expect(response.statusCode, `answer: ${response.body}`).toBe(200)
  return response.json<AppendTasksView>()
}

/** Sends lines of NDJSON to a batch. */
export function postLines(app: FastifyInstance, id: string, lines: readonly string[], query = '') {
  return app.inject({
    method: 'POST',
    url: `/v1/batches/${id}/tasks${query}`,
    headers: { 'content-type': 'application/x-ndjson' },
    payload: lines.map((line) => `${line}\n`).join(''),
  })
}

/** All tasks of a batch, read page by page. */
export async function listAllTasks(app: FastifyInstance, id: string, pageSize: number): Promise<TaskView[]> {
  const all: TaskView[] = []
  for (let cursor: string | null = ''; cursor !== null;) {
    const page: TaskList = await listTasks(app, id, `pageSize=${pageSize}${cursor && `&cursor=${cursor}`}`)
    all.push(...page.tasks)
    cursor = page.nextCursor
  }
  return all
}

async function listTasks(app: FastifyInstance, id: string, query: string): Promise<TaskList> {
  return (await app.inject({ url: `/v1/batches/${id}/tasks?${query}` })).json<TaskList>()
}

/** `count` small tasks as lines of NDJSON, numbered from `from` by their payload. */
export function taskLines(count: number, from = 0): string[] {
  return Array.from({ length: count }, (_, i) => `{"payload":${from + i}}`)
}

/** The problem document of an answer that must be one. */
export function problemOf(response: { headers: object; body: string }): Problem {
  expect(response.headers, `answer: ${response.body}`).toMatchObject({
    'content-type': expect.stringMatching(/^application\/problem\+json/),
  })
  return JSON.parse(response.body) as Problem
}
