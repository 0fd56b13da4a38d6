import { fastify, type FastifyInstance } from 'fastify'
import { describe, expect, test } from 'vitest'
import { type GateOptions, type GateOutcome, overloadGate } from '../src/index.ts'
import { type BusyApp, busyApp } from './support/busy-app.ts'
import { requestText } from './support/raw-client.ts'

/** An app whose only place is taken, so that the next request is refused. */
async function fullApp(gate: GateOptions = {}): Promise<BusyApp> {
  const busy = await busyApp({ gate: { capacity: 1, ...gate } })
  await busy.send(requestText('GET', '/normal/first'))
  await busy.until({ depth: { normal: 1 } })
  return busy
}

describe('the response to a refused request', () => {
  test('is a problem document that says when to retry', async () => {
    await using busy = await fullApp()

    const answer = await busy.app.inject('/normal/2')

    expect(answer.statusCode).toBe(503)
    expect(answer.headers['content-type']).toMatch(/^application\/problem\+json/)
    expect(Number(answer.headers['retry-after'])).toBeOneOf([1, 2])
    expect(answer.json()).toEqual({
      type: 'about:blank',
      title: 'Service Unavailable',
      status: 503,
      code: 'OVERLOADED',
      detail: `The server is busy. Nothing was done; try again in ${answer.headers['retry-after']} s.`,
    })
  })

  test("can be the app's own", async () => {
    await using busy = await fullApp({
      code: 'APP_BUSY',
      buildProblem: ({ code, reason, gateClass, retryAfterSeconds }, { url }) => ({
        code,
        reason,
        gateClass,
        retryAfterSeconds,
        url,
      }),
    })

    const answer = await busy.app.inject('/normal/2')

    expect(answer.json()).toEqual({
      code: 'APP_BUSY',
      reason: 'full',
      gateClass: 'normal',
      retryAfterSeconds: Number(answer.headers['retry-after']),
      url: '/normal/2',
    })
  })

  test('is sent although the app fails to build its own', async () => {
    await using busy = await fullApp({ buildProblem: () => expect.unreachable('as bugs do') })

    const answer = await busy.app.inject('/normal/2')

    expect({ status: answer.statusCode, code: answer.json().code }).toEqual({ status: 503, code: 'OVERLOADED' })
  })
})

describe('the connection of a refused request', () => {
  const text = { 'content-type': 'text/plain' }

  test('is used again after a small unread body', async () => {
    await using busy = await fullApp()

    const client = await busy.send(requestText('POST', '/normal/2', { ...text, 'content-length': 5 }, 'hello'))
    await client.statuses(1)
    client.write(requestText('GET', '/health'))

    expect(await client.statuses(2)).toEqual([503, 200])
    expect(client.received).not.toMatch(/connection: close/i)
  })

  test.each([
    ['a big body', { 'content-length': 65_537 }],
    ['a body of unknown length', { 'transfer-encoding': 'chunked' }],
  ])('is closed instead of reading %s', async (_body, headers) => {
    await using busy = await fullApp()

    const client = await busy.send(requestText('POST', '/normal/2', { ...text, ...headers }))

    expect(await client.statuses(1)).toEqual([503])
    expect(client.received).toMatch(/connection: close/i)
    await expect.poll(() => client.isEnded).toBe(true)
  })

  test('is kept when a body of unknown length has arrived completely', async () => {
    await using busy = await busyApp()
    const head = requestText('POST', '/normal/1', { ...text, 'transfer-encoding': 'chunked' })
    const client = await busy.send(`${head}2\r\nhi\r\n0\r\n\r\n`)
    await busy.until({ depth: { normal: 1 } })

    busy.loop.tick(1001)

    expect(await client.statuses(1)).toEqual([503])
    expect(client.received).not.toMatch(/connection: close/i)
  })
})

describe('closing the app', () => {
  test('answers all held requests with 503, closes their connections, and runs no handler', async () => {
    await using busy = await busyApp({ gate: { capacity: 8 } })
    const clients = await Promise.all(
      Array.from({ length: 8 }, (_, n) => busy.send(requestText('GET', `/normal/${n}`))),
    )
    await busy.until({ depth: { normal: 8 } })

    await busy.app.close()

    for (const client of clients) {
      expect(await client.statuses(1)).toEqual([503])
      expect(client.received).toMatch(/connection: close/i)
    }
    expect(busy.handled).toEqual([])
    expect(busy.stats()).toMatchObject({ state: 'closing', shed: { closing: 8 }, depth: { normal: 0 } })
    busy.loop.tick()
    expect(busy.loop.isTickScheduled).toBe(false)
  })
})

describe('onOutcome', () => {
  test('is called once with each outcome', async () => {
    const reported: GateOutcome[] = []
    await using busy = await fullApp({ onOutcome: (outcome) => reported.push(outcome) })

    await busy.app.inject('/normal/2')
    busy.loop.tick()

    expect(reported.map(({ kind }) => kind)).toEqual(['admitted', 'shed', 'admitted'])
  })

  test('may throw without an effect on requests', async () => {
    await using busy = await fullApp({ onOutcome: () => expect.unreachable('as bugs do') })

    expect((await busy.app.inject('/normal/2')).statusCode).toBe(503)
  })

  test('an app can read for how long requests have been refused, for its readiness route', async () => {
    await using busy = await fullApp()
    await busy.app.inject('/normal/2')
    busy.loop.stall(900)
    await busy.app.inject('/normal/3')

    expect(busy.app.overloadGate.sheddingForMs()).toBe(900)
    expect(busy.stats().state).toBe('shedding')
  })
})

describe('a gate that is switched off', () => {
  async function appWithout(): Promise<FastifyInstance> {
    const app = fastify()
    await app.register(overloadGate, { enabled: false })
    app.get('/', { config: { gate: 'sheddable' } }, async () => 'ok')
    return app
  }

  test('lets every request pass and reports that it is off', async () => {
    await using app = await appWithout()

    expect((await app.inject('/')).statusCode).toBe(200)
    expect(app.overloadGate.stats()).toMatchObject({ state: 'off', admitted: 0 })
    expect(app.overloadGate.sheddingForMs()).toBe(0)
  })
})
