import { describe, expect, test } from 'vitest'
import { ask, askInTurn, HOUR_MS, startMulti, startSingle } from '../support/start-server.ts'

interface Ok {
  requestId: string
  meta: { ts: number; rt: number }
  data: 'ok'
}

const OK = { requestId: expect.any(String), meta: { ts: expect.any(Number), rt: expect.any(Number) }, data: 'ok' }

describe('an accepted request', () => {
  test.for(['GET', 'POST'])('200 with an id, the time and how long it took, by %s', async (method) => {
    const { server, create } = await startMulti()
    await create('api')
    const before = Date.now()

    const { status, body } = await ask(server, '/mock/api', { method })

    expect(status).toBe(200)
    expect(body).toEqual(OK)
    const { ts } = (body as Ok).meta
    expect(ts).toBeGreaterThanOrEqual(before)
    expect(ts).toBeLessThanOrEqual(Date.now())
  })

  test('200 with the body of a chat completion, if the service has it', async () => {
    const { server, create } = await startMulti()
    await create('chat/completions', { answer: 'chat_completion' })

    const { status, body } = await ask(server, '/mock/chat/completions', { method: 'POST' })

    expect(status).toBe(200)
    expect(body).toMatchObject({
      object: 'chat.completion',
      choices: [{ message: { role: 'assistant', content: 'ok' } }],
      usage: { total_tokens: 13 },
    })
  })

  test('200 with an id of its own for each of a hundred at once', async () => {
    const { server, create } = await startMulti()
    await create('api')

    const answers = await Promise.all(Array.from({ length: 100 }, () => ask(server, '/mock/api')))

    expect(new Set(answers.map(({ body }) => (body as Ok).requestId)).size).toBe(100)
  })

  test('200 not before the shortest delay has passed', async () => {
    const { server, create } = await startMulti()
    await create('api', { delayMs: [30, 40] })

    const answers = await Promise.all(Array.from({ length: 20 }, () => ask(server, '/mock/api')))

    const times = answers.map(({ body }) => (body as Ok).meta.rt)
    expect(Math.min(...times)).toBeGreaterThanOrEqual(30)
  })

  test('200 after latencyMs if delayMs is also given', async () => {
    const { server, create } = await startMulti()
    await create('api', { delayMs: [HOUR_MS, HOUR_MS], latencyMs: { distribution: 'constant', value: 1 } })

    expect(await askInTurn(server, '/mock/api', 1)).toEqual([200])
  })

  test('200 for a name that a URL has to escape', async () => {
    const { server, create } = await startMulti()
    await create('gpt 4/vision?')

    expect(await askInTurn(server, '/mock/gpt%204%2Fvision%3F', 1)).toEqual([200])
  })
})

describe('the body of a request', () => {
  const bodies: [string, RequestInit][] = [
    ['JSON', { body: '{"a":1}', headers: { 'content-type': 'application/json' } }],
    ['text that is not the JSON it claims to be', { body: '{', headers: { 'content-type': 'application/json' } }],
    ['an empty one that claims to be JSON', { body: '', headers: { 'content-type': 'application/json' } }],
    ['an unknown type', { body: 'x', headers: { 'content-type': 'application/x-unheard-of' } }],
    ['a type that is not one', { body: 'x', headers: { 'content-type': 'garbage;;=' } }],
    ['bytes without a type', { body: new Uint8Array([0, 255]) }],
    ['a form', { body: new URLSearchParams({ a: '1' }) }],
    ['eight megabytes', { body: 'x'.repeat(8_000_000) }],
  ]

  test.for(bodies)('200 with %s as the body', async ([, init]) => {
    const { server, create } = await startMulti()
    await create('api')

    const { status, body } = await ask(server, '/mock/api', { method: 'POST', ...init })

    expect(status).toBe(200)
    expect(body).toEqual(OK)
  })
})

describe('addresses', () => {
  test('404 service_not_found for a service that was not created', async () => {
    const { server } = await startMulti()
    expect(await ask(server, '/mock/unknown')).toMatchObject({ status: 404, body: { error: 'service_not_found' } })
  })

  test.for([
    ['GET', '/nowhere'],
    ['POST', '/nowhere'],
    ['GET', '/mock'],
    ['GET', '/service/api'],
    ['PUT', '/mock/api'],
    ['DELETE', '/mock/api'],
    ['GET', '/shutdown'],
  ] as const)('404 not_found for %s %s', async ([method, path]) => {
    const { server, create } = await startMulti()
    await create('api')

    expect(await ask(server, path, { method })).toMatchObject({ status: 404, body: { error: 'not_found' } })
  })

  test('404 for HEAD, which does not count against the limits', async () => {
    const { server, create } = await startMulti()
    await create('api', { rateLimit: { limit: 1, windowMs: HOUR_MS } })

    expect((await fetch(`${server.url}/mock/api`, { method: 'HEAD' })).status).toBe(404)
    expect(await askInTurn(server, '/mock/api', 1)).toEqual([200])
  })

  test('404 not_found for a body that nothing could parse', async () => {
    const { server } = await startMulti()
    const init = { method: 'POST', body: '{', headers: { 'content-type': 'application/json' } }

    expect(await ask(server, '/nowhere', init)).toMatchObject({ status: 404, body: { error: 'not_found' } })
  })

  test.for(['/', '/mock/', '/mock/%zz'])('400 invalid_params for %s in multi mode', async (path) => {
    const { server } = await startMulti()
    expect(await ask(server, path)).toMatchObject({ status: 400, body: { error: 'invalid_params' } })
  })
})

test('single mode answers at / with 200 and at /mock/:name with 400 invalid_params', async () => {
  const server = await startSingle()

  expect(await ask(server, '/')).toMatchObject({ status: 200, body: OK })
  expect(await ask(server, '/', { method: 'POST', body: 'anything' })).toMatchObject({ status: 200, body: OK })
  expect(await ask(server, '/mock/api')).toMatchObject({ status: 400, body: { error: 'invalid_params' } })
})
