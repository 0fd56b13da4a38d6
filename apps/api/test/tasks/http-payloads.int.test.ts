import { describe, expect } from 'vitest'
import { apiTest } from '../support/api-test.ts'
import { createBatch, postLines, problemOf } from '../support/requests.ts'

const GOOD = { payload: { url: 'https://api.example.com/1', successStatus: [404] } }
const WRONG = { payload: { url: 5 } }

describe('the payloads of http tasks', () => {
  apiTest('400 with the lines of an upload, and the chunk is not kept', async ({ app }) => {
    const { id } = await createBatch(app, { type: 'http' })
    const lines = [GOOD, WRONG, { payload: { url: 'ftp://a.example/' } }, { type: 'own', payload: 5 }]

    const response = await postLines(
      app,
      id,
      lines.map((line) => JSON.stringify(line)),
    )

    expect(response.statusCode).toBe(400)
    expect(problemOf(response)).toMatchObject({
      code: 'SLUICE_TASKS_INVALID',
      lines: [
        { line: 2, message: 'is not a task: payload/url must be a string', value: 5 },
        { line: 3, message: 'is not a task: payload/url must be an http or https URL', value: 'ftp://a.example/' },
      ],
      total: 0,
    })
  })

  apiTest('400 with the paths in an array, by the type of the batch', async ({ app }) => {
    const [http, other] = [await createBatch(app, { type: 'http' }), await createBatch(app, { type: 'own' })]
    const append = (id: string) =>
      app.inject({ method: 'POST', url: `/v1/batches/${id}/tasks`, payload: [GOOD, WRONG, { ...WRONG, type: 'own' }] })

    const refused = await append(http.id)

    expect(problemOf(refused).errors).toEqual([{ path: 'body/1/payload/url', message: 'must be a string', value: 5 }])
    expect((await append(other.id)).json()).toMatchObject({ accepted: 3 })
  })

  apiTest('400 at creation, wherever the body says the type of the batch', async ({ app }) => {
    const create = (payload: string) =>
      app.inject({ method: 'POST', url: '/v1/batches', headers: { 'content-type': 'application/json' }, payload })
    const tasks = JSON.stringify([GOOD, WRONG])

    for (const body of [`{"tasks":${tasks}}`, `{"tasks":${tasks},"type":"http"}`]) {
      const errors = problemOf(await create(body)).errors
      expect(errors).toEqual([{ path: 'body/tasks/1/payload/url', message: 'must be a string', value: 5 }])
    }
    expect((await create(`{"tasks":${tasks},"type":"own"}`)).statusCode).toBe(201)
    expect((await app.inject({ url: '/v1/batches' })).json().batches).toHaveLength(1)
  })

  apiTest('400 with at most fifty errors, however many tasks are wrong', async ({ app }) => {
    const payload = { tasks: Array.from({ length: 1000 }, () => WRONG) }

    const response = await app.inject({ method: 'POST', url: '/v1/batches', payload })

    expect(problemOf(response).errors).toHaveLength(50)
  })
})
