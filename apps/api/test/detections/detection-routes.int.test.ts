import type { DetectionView } from '@sluice/contracts'
import { describe, expect } from 'vitest'
import { apiTest } from '../support/api-test.ts'
import { problemOf } from '../support/requests.ts'

const url = '/v1/detections'

const payload = {
  url: 'https://api.example.com/v1/models',
  headers: { authorization: 'Bearer ${secret:EXAMPLE_KEY}', 'x-key': 'top-secret' },
  budgets: { requests: 500 },
}

describe('POST /v1/detections', () => {
  apiTest('202 with its path, and without the values of headers', async ({ app }) => {
    const response = await app.inject({ method: 'POST', url, payload })

    expect(response.statusCode, `answer: ${response.body}`).toBe(202)
    const detection = response.json<DetectionView>()
    expect(response.headers.location).toBe(`/v1/detections/${detection.id}`)
    expect(detection).toMatchObject({
      state: 'pending',
      queue: 'default',
      url: payload.url,
      headerNames: ['authorization', 'x-key'],
      budgets: { requests: 500 },
      progress: null,
      result: null,
      error: null,
    })
    const read = await app.inject({ url: `${url}/${detection.id}` })
    expect(read.json<DetectionView>()).toEqual(detection)
    expect(read.body).not.toContain('secret')
  })

  apiTest.for([
    [{}, 'body/url'],
    [{ url: 'ftp://a.test/' }, 'body/url'],
    [{ url: 'https://a.test/', method: 'BREW' }, 'body/method'],
    [{ url: 'https://a.test/', budgets: { requests: 0 } }, 'body/budgets/requests'],
    [{ url: 'https://a.test/', budgets: { money: 1 } }, 'body/budgets/money'],
  ] as const)('400 for %o', async ([body, path], { app }) => {
    const response = await app.inject({ method: 'POST', url, payload: body })

    expect(response.statusCode).toBe(400)
    expect(problemOf(response)).toMatchObject({ code: 'SLUICE_REQUEST_INVALID' })
    expect(problemOf(response).errors?.map((error) => error.path)).toContain(path)
  })

  apiTest.for([
    'https://user:hunter2@a.test/',
    'https://hunter2@a.test/',
    'https:////user:hunter2@a.test/',
    'https://\t/user:hunter2@a.test/',
    'https://us\ner:hunter2@a.test/',
  ])('400 for the credentials in %j, which no answer repeats', async (given, { app }) => {
    const response = await app.inject({ method: 'POST', url, payload: { url: given } })

    expect(response.statusCode).toBe(400)
    expect(problemOf(response).errors).toEqual([{ path: 'body/url', message: expect.stringMatching(/^must not/) }])
    expect(response.body).not.toContain('hunter2')
  })

  apiTest('400 for a URL that nothing can call', async ({ app }) => {
    const response = await app.inject({ method: 'POST', url, payload: { url: 'https://[oops' } })

    expect(problemOf(response)).toMatchObject({ status: 400, errors: [{ path: 'body/url', value: 'https://[oops' }] })
  })

  apiTest('202 without the query of the URL, which may hold a key', async ({ app }) => {
    const response = await app.inject({ method: 'POST', url, payload: { url: 'https://a.test/v1?key=hunter2#x' } })

    expect(response.json<DetectionView>().url).toBe('https://a.test/v1?…')
    expect((await app.inject({ url })).body).not.toContain('hunter2')
  })

  apiTest('400 for a queue that does not exist', async ({ app }) => {
    const response = await app.inject({ method: 'POST', url, payload: { ...payload, queue: 'nowhere' } })

    expect(response.statusCode).toBe(400)
    expect(problemOf(response).code).toBe('SLUICE_QUEUE_UNKNOWN')
  })
})

describe('GET /v1/detections', () => {
  apiTest('200 with all detections, and with none at first', async ({ app }) => {
    const none = await app.inject({ url })
    const { id } = (await app.inject({ method: 'POST', url, payload })).json<DetectionView>()

    const one = await app.inject({ url })

    expect(none.json()).toEqual({ detections: [] })
    expect(one.json<{ detections: DetectionView[] }>().detections.map((detection) => detection.id)).toEqual([id])
  })

  apiTest('404 for an unknown detection', async ({ app }) => {
    const response = await app.inject({ url: `${url}/nothing` })

    expect(response.statusCode).toBe(404)
    expect(problemOf(response).code).toBe('SLUICE_DETECTION_NOT_FOUND')
  })
})

describe('POST /v1/detections/:id/cancel', () => {
  apiTest('200, also if it is repeated', async ({ app }) => {
    const { id } = (await app.inject({ method: 'POST', url, payload })).json<DetectionView>()

    const first = await app.inject({ method: 'POST', url: `${url}/${id}/cancel` })
    const again = await app.inject({ method: 'POST', url: `${url}/${id}/cancel` })

    expect(first.json<DetectionView>()).toMatchObject({ state: 'cancelled', finishedAt: expect.any(String) })
    expect(again.statusCode).toBe(200)
    expect(again.json<DetectionView>()).toEqual(first.json<DetectionView>())
  })

  apiTest('404 for an unknown detection', async ({ app }) => {
    const response = await app.inject({ method: 'POST', url: `${url}/nothing/cancel` })

    expect(response.statusCode).toBe(404)
  })
})
