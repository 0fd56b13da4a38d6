import { receiveSignals } from '@sluice/engine'
import type { FastifyInstance, InjectOptions } from 'fastify'
import { expect } from 'vitest'
import { buildApp } from '../../src/app.ts'
import { ApiKeyCache } from '../../src/auth/api-key-cache.ts'
import { SessionCache } from '../../src/auth/session-cache.ts'
import { authTest } from './auth-test.ts'

/** What a page of the API itself sends. */
export const OWN_PAGE = { 'sec-fetch-site': 'same-origin', origin: 'http://localhost', host: 'localhost' }

/** The cookie in an answer, as a browser sends it from then on. */
export function cookieOf({ headers }: { headers: object }): string {
  const { 'set-cookie': cookie } = headers as { 'set-cookie'?: string }
  return String(cookie).split(';', 1)[0] ?? ''
}

/** Signs a browser in, which must succeed. Returns its cookie. */
export async function signIn(app: FastifyInstance, apiKey: string, headers: object = {}): Promise<string> {
  const response = await app.inject({
    method: 'POST',
    url: '/v1/session',
    headers: { ...OWN_PAGE, ...headers },
    payload: { apiKey },
  })
  expect([response.statusCode, response.body]).toEqual([201, response.body])
  return cookieOf(response)
}

/** A test with an API, and browsers that have signed in. */
export const sessionTest = authTest.extend(
  'browse',
  ({ app }) =>
    (cookie: string, request: InjectOptions) =>
      app.inject({ ...request, headers: { ...OWN_PAGE, ...request.headers, cookie } }),
)

/** The same with an API that learns of changes as a process does. */
export const signalledTest = sessionTest.override('app', async ({ engine, onTestFinished }) => {
  const [apiKeys, sessions] = [new ApiKeyCache(engine), new SessionCache(engine)]
  const stop = await receiveSignals(engine, (signal) => {
    if (signal.kind === 'api_key') apiKeys.forget(signal.id)
    if (signal.kind === 'session') sessions.forget(signal.id)
  })
  const app = await buildApp({ engine, apiKeys, sessions, heartbeatMs: 50 })
  onTestFinished(async () => {
    await app.close()
    await stop()
  })
  return app
})
