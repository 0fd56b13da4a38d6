import { describe, expect } from 'vitest'
import { apiTest, ownServerApiTest } from '../support/api-test.ts'
import { appendLines, createBatch, listAllTasks, postLines, problemOf, taskLines } from '../support/requests.ts'

function pathOf(id: string): string {
  return `/v1/batches/${id}/tasks`
}

describe('POST /v1/batches/:id/tasks with JSON', () => {
  apiTest('200 with the counts', async ({ app }) => {
    const { id } = await createBatch(app)

    const payload = [{ payload: 1, key: 'a' }, { payload: 2 }]
    const response = await app.inject({ method: 'POST', url: pathOf(id), payload })

    expect(response.statusCode).toBe(200)
    expect(response.json()).toEqual({ accepted: 2, skipped: 0, total: 2 })
    const { tasks } = (await app.inject({ url: pathOf(id) })).json()
    expect(tasks).toMatchObject([
      { payload: 1, key: 'a', state: 'pending' },
      { payload: 2, key: null },
    ])
  })

  apiTest('200 for thousands of tasks, in their order', async ({ app }) => {
    const { id } = await createBatch(app)
    const payload = Array.from({ length: 3500 }, (_, n) => ({ payload: n }))

    const response = await app.inject({ method: 'POST', url: pathOf(id), payload })

    expect(response.json()).toEqual({ accepted: 3500, skipped: 0, total: 3500 })
    expect((await app.inject({ url: `${pathOf(id)}/3499` })).json().payload).toBe(3499)
  })

  apiTest('200 with ?seal=true seals the batch once all tasks are in it', async ({ app }) => {
    const { id } = await createBatch(app)
    const url = `${pathOf(id)}?seal=true`

    const refused = await app.inject({ method: 'POST', url, payload: [{ payload: 1 }, {}] })
    const after = (await app.inject({ url: `/v1/batches/${id}` })).json()
    const response = await app.inject({ method: 'POST', url, payload: [{ payload: 1 }, { payload: 2 }] })
    const repeated = await app.inject({ method: 'POST', url: `${url}&offset=0`, payload: [{ payload: 1 }] })
    const more = await app.inject({ method: 'POST', url, payload: [{ payload: 3 }] })

    expect([refused.statusCode, after.sealed]).toEqual([400, false])
    expect(response.json()).toEqual({ accepted: 2, skipped: 0, total: 2 })
    expect((await app.inject({ url: `/v1/batches/${id}` })).json()).toMatchObject({
      sealed: true,
      counts: { total: 2 },
    })
    expect(repeated.json()).toEqual({ accepted: 0, skipped: 1, total: 2 })
    expect([more.statusCode, problemOf(more).code]).toEqual([409, 'SLUICE_BATCH_SEALED'])
  })

  apiTest('400 with every error, and no task is kept', async ({ app }) => {
    const { id } = await createBatch(app)

    const response = await app.inject({
      method: 'POST',
      url: pathOf(id),
      payload: [{ payload: 1 }, { maxAttempts: 0 }],
    })

    expect(response.statusCode).toBe(400)
    expect(problemOf(response).errors?.map(({ path }) => path)).toEqual(['body/1/payload', 'body/1/maxAttempts'])
    expect((await app.inject({ url: `/v1/batches/${id}` })).json().counts.total).toBe(0)
  })

  apiTest('400 for a task that is too large', async ({ app }) => {
    const { id } = await createBatch(app)

    const payload = [{ payload: 'x'.repeat(262_144) }]
    const response = await app.inject({ method: 'POST', url: pathOf(id), payload })

    expect(response.statusCode).toBe(400)
    expect(problemOf(response).errors).toMatchObject([{ path: 'body/0' }])
  })

  apiTest('400 for an object, an empty array and no body', async ({ app }) => {
    const { id } = await createBatch(app)

    for (const payload of [{ tasks: [] }, [], undefined]) {
      const response = await app.inject({ method: 'POST', url: pathOf(id), ...(payload && { payload }) })
      expect(response.statusCode).toBe(400)
      expect(problemOf(response).code).toBe('SLUICE_REQUEST_INVALID')
    }
  })

  apiTest('413 for an array above the size limit', async ({ app }) => {
    const { id } = await createBatch(app)
    const payload = Array.from({ length: 5 }, () => ({ payload: 'x'.repeat(250_000) }))

    expect((await app.inject({ method: 'POST', url: pathOf(id), payload })).statusCode).toBe(413)
  })

  apiTest('415 for another media type', async ({ app }) => {
    const { id } = await createBatch(app)

    const headers = { 'content-type': 'text/csv' }
    const response = await app.inject({ method: 'POST', url: pathOf(id), headers, payload: 'a,b' })

    expect(response.statusCode).toBe(415)
    expect(problemOf(response).code).toBe('SLUICE_MEDIA_TYPE')
  })

  apiTest('415 for a compressed body', async ({ app }) => {
    const { id } = await createBatch(app)

    const headers = { 'content-type': 'application/json', 'content-encoding': 'gzip' }
    const response = await app.inject({ method: 'POST', url: pathOf(id), headers, payload: 'x' })

    expect(response.statusCode).toBe(415)
    expect(problemOf(response).detail).toContain('gzip')
  })
})

describe('POST /v1/batches/:id/tasks with NDJSON', () => {
  apiTest('200 with the counts', async ({ app }) => {
    const { id } = await createBatch(app)

    expect(await appendLines(app, id, taskLines(2500))).toEqual({ accepted: 2500, skipped: 0, total: 2500 })
    expect(await appendLines(app, id, ['', ...taskLines(1)])).toEqual({ accepted: 1, skipped: 0, total: 2501 })
  })

  apiTest('200 with the total of the batch for an empty upload', async ({ app }) => {
    const { id } = await createBatch(app, { tasks: [{ payload: 1 }], sealed: false })

    expect(await appendLines(app, id, [])).toEqual({ accepted: 0, skipped: 0, total: 1 })
  })

  apiTest('200 without new tasks for a repeated upload with the same offset', async ({ app }) => {
    const { id } = await createBatch(app)
    const lines = taskLines(1500)
    await postLines(app, id, lines, '?offset=0')

    const repeated = await postLines(app, id, lines, '?offset=0')
    const continued = await postLines(app, id, taskLines(1000, 1000), '?offset=1000')

    expect(repeated.json()).toEqual({ accepted: 0, skipped: 1500, total: 1500 })
    expect(continued.json()).toEqual({ accepted: 500, skipped: 500, total: 2000 })
    expect((await app.inject({ url: `${pathOf(id)}/1999` })).json().payload).toBe(1999)
  })

  apiTest('409 with the next offset for an offset beyond the end', async ({ app }) => {
    const { id } = await createBatch(app)
    await appendLines(app, id, taskLines(10))

    const response = await postLines(app, id, taskLines(5), '?offset=11')

    expect(response.statusCode).toBe(409)
    expect(problemOf(response)).toMatchObject({ code: 'SLUICE_OFFSET_GAP', accepted: 0, total: 10 })
  })

  apiTest('400 with the numbers of invalid lines, and no task of their chunk is kept', async ({ app }) => {
    const { id } = await createBatch(app)
    await appendLines(app, id, taskLines(3))

    const response = await postLines(app, id, ['{"payload":1}', '', '{"payload":', '{"payload":2,"x":1}'])

    expect(response.statusCode).toBe(400)
    expect(problemOf(response)).toMatchObject({
      code: 'SLUICE_TASKS_INVALID',
      accepted: 0,
      skipped: 0,
      total: 3,
      lines: [
        { line: 3, message: 'is not JSON', value: '{"payload":' },
        { line: 4, message: 'is not a task: x is not a known property', value: 1 },
      ],
    })
    expect((await app.inject({ url: `/v1/batches/${id}` })).json().counts.total).toBe(3)
  })

  apiTest(
    '400 for an invalid line late in the upload keeps earlier chunks, and the rest can follow',
    async ({ app }) => {
      const { id } = await createBatch(app)
      const lines = taskLines(10_000)
      const spoiled = lines.with(8000, 'oops')

      const response = await postLines(app, id, spoiled)
      const { accepted, total, lines: bad } = problemOf(response)
      const rest = await postLines(app, id, lines.slice(total), `?offset=${total}`)

      expect(response.statusCode).toBe(400)
      expect(bad).toEqual([{ line: 8001, message: 'is not JSON', value: 'oops' }])
      expect(accepted).toBe(total)
      expect(total).toBeLessThanOrEqual(8000)
      expect(rest.json()).toEqual({ accepted: 10_000 - (total ?? 0), skipped: 0, total: 10_000 })
      expect((await app.inject({ url: `${pathOf(id)}/9999` })).json().payload).toBe(9999)
    },
  )

  apiTest('400 for more tasks than a batch may hold keeps the chunks that fit', async ({ app }) => {
    const { id } = await createBatch(app)

    const response = await postLines(app, id, taskLines(20_500))

    expect(response.statusCode).toBe(400)
    const { code, accepted, total } = problemOf(response)
    expect(code).toBe('SLUICE_BATCH_TOO_LARGE')
    expect(accepted).toBe(total)
    expect((await app.inject({ url: `/v1/batches/${id}` })).json().counts.total).toBe(total)
  })

  apiTest('404 for an unknown batch, also for an empty upload', async ({ app }) => {
    for (const lines of [taskLines(5), []]) {
      const response = await postLines(app, 'nope', lines)
      expect(response.statusCode).toBe(404)
      expect(problemOf(response).code).toBe('SLUICE_BATCH_NOT_FOUND')
    }
  })

  apiTest('409 for a sealed batch and for a cancelled one', async ({ app }) => {
    const sealed = await createBatch(app, { tasks: [{ payload: 1 }] })
    const cancelled = await createBatch(app)
    await app.inject({ method: 'POST', url: `/v1/batches/${cancelled.id}/cancel` })

    const toSealed = await postLines(app, sealed.id, taskLines(1))
    const toCancelled = await postLines(app, cancelled.id, taskLines(1))

    expect([toSealed.statusCode, toCancelled.statusCode]).toEqual([409, 409])
    expect(problemOf(toSealed)).toMatchObject({ code: 'SLUICE_BATCH_SEALED', total: 1 })
    expect(problemOf(toCancelled)).toMatchObject({ code: 'SLUICE_BATCH_STATE', state: 'cancelled' })
  })

  ownServerApiTest('507 if Redis is nearly full', async ({ app, redis }) => {
    const { id } = await createBatch(app)
    // The engine checks the memory of Redis once a second.
    await expect
      .poll(
        async () => {
          await redis.config('SET', 'maxmemory', '1mb')
          const response = await postLines(app, id, taskLines(1))
          await redis.config('SET', 'maxmemory', '0')
          return response.statusCode
        },
        { timeout: 5000 },
      )
      .toBe(507)
  })

  apiTest('neither loses nor duplicates tasks of concurrent uploads to one batch', async ({ app }) => {
    const { id } = await createBatch(app)

    const results = await Promise.all(
      Array.from({ length: 5 }, (_, n) => appendLines(app, id, taskLines(2000, n * 2000))),
    )

    expect(results.map(({ accepted }) => accepted)).toEqual([2000, 2000, 2000, 2000, 2000])
    const payloads = (await listAllTasks(app, id, 1000)).map(({ payload }) => Number(payload))
    expect(payloads.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 10_000 }, (_, n) => n))
  })

  apiTest('counts accepted tasks and received bytes', async ({ app }) => {
    const { id } = await createBatch(app, { tasks: [{ payload: 1 }], sealed: false })
    await appendLines(app, id, taskLines(10))
    await postLines(app, id, ['oops'])

    const { body } = await app.inject({ url: '/metrics' })

    expect(body).toContain('sluice_tasks_accepted_total 11')
    expect(body).toContain(`sluice_upload_bytes_total ${10 * '{"payload":0}\n'.length + 'oops\n'.length}`)
  })
})
