import type { AppendTasksResult, BatchView, CreateBatchBody, Problem } from '@sluice/contracts'
import type { FastifyInstance } from 'fastify'
import { expect } from 'vitest'

/** Creates a batch, which must succeed. */
export async function createBatch(app: FastifyInstance, body: CreateBatchBody = {}): Promise<BatchView> {
  const response = await app.inject({ method: 'POST', url: '/v1/batches', payload: body })
  expect(response.statusCode, response.body).toBe(201)
  return response.json<BatchView>()
}

/** Appends tasks given as lines of NDJSON, which must succeed. */
export async function appendLines(
  app: FastifyInstance,
  id: string,
  lines: readonly string[],
): Promise<AppendTasksResult> {
  const response = await postLines(app, id, lines)
  expect(response.statusCode, response.body).toBe(200)
  return response.json<AppendTasksResult>()
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

/** `count` small tasks as lines of NDJSON, numbered from `from` by their payload. */
export function taskLines(count: number, from = 0): string[] {
  return Array.from({ length: count }, (_, i) => `{"payload":${from + i}}`)
}

/** The problem document of an answer that must be one. */
export function problemOf(response: { headers: object; body: string }): Problem {
  expect(response.headers, response.body).toMatchObject({
    'content-type': expect.stringMatching(/^application\/problem\+json/),
  })
  return JSON.parse(response.body) as Problem
}
