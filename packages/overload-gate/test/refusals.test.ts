import { describe, expect, test } from 'vitest'
import type { GateOutcome } from '../src/index.ts'
import { BusyApp, type BusyAppOptions } from './support/busy-app.ts'
import { FRAMEWORKS } from './support/frameworks.ts'
import { requestText } from './support/raw-client.ts'

describe.each(FRAMEWORKS)('$name', (framework) => {
  /** An app whose only place is taken, so that the next request is refused. */
  async function fullApp(gate: BusyAppOptions['gate'] = {}): Promise<BusyApp> {
    const busy = await BusyApp.open(framework, { gate: { capacity: 1, ...gate } })
    await busy.send(requestText('GET', '/normal/first'))
    await busy.until({ depth: { normal: 1 } })
    return busy
  }

  describe('the response to a refused request', () => {
    test('is a problem document that says when to retry', async () => {
      await using busy = await fullApp()

      const answer = await busy.get('/normal/2')

      expect(answer.status).toBe(503)
      expect(answer.headers['content-type']).toMatch(/^application\/problem\+json/)
      expect(Number(answer.headers['retry-after'])).toBeOneOf([1, 2])
      expect(answer.body).toEqual({
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

      const answer = await busy.get('/normal/2')

      expect(answer.body).toEqual({
        code: 'APP_BUSY',
        reason: 'full',
        gateClass: 'normal',
        retryAfterSeconds: Number(answer.headers['retry-after']),
        url: '/normal/2',
      })
    })

    test('is sent although the app fails to build its own', async () => {
      await using busy = await fullApp({ buildProblem: () => expect.unreachable('as bugs do') })

      const answer = await busy.get('/normal/2')

      expect({ status: answer.status, code: answer.body['code'] }).toEqual({ status: 503, code: 'OVERLOADED' })
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
      await using busy = await BusyApp.open(framework)
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
      await using busy = await BusyApp.open(framework, { gate: { capacity: 8 } })
      const clients = await Promise.all(
        Array.from({ length: 8 }, (_, n) => busy.send(requestText('GET', `/normal/${n}`))),
      )
      await busy.until({ depth: { normal: 8 } })

      await busy.close()

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

      await busy.get('/normal/2')
      busy.loop.tick()

      expect(reported.map(({ kind }) => kind)).toEqual(['admitted', 'shed', 'admitted'])
    })

    test('may throw without an effect on requests', async () => {
      await using busy = await fullApp({ onOutcome: () => expect.unreachable('as bugs do') })

      expect((await busy.get('/normal/2')).status).toBe(503)
    })

    test('an app can read for how long requests have been refused, for its readiness route', async () => {
      await using busy = await fullApp()
      await busy.get('/normal/2')
      busy.loop.stall(900)
      await busy.get('/normal/3')

      expect(busy.sheddingForMs()).toBe(900)
      expect(busy.stats().state).toBe('shedding')
    })
  })

  describe('a gate that is switched off', () => {
    test('lets every request pass and reports that it is off', async () => {
      await using busy = await BusyApp.open(framework, { gate: { enabled: false } })

      expect((await busy.get('/sheddable')).status).toBe(200)
      expect(busy.stats()).toMatchObject({ state: 'off', admitted: 0 })
      expect(busy.sheddingForMs()).toBe(0)
    })
  })
})
