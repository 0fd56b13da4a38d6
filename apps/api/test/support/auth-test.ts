import { type ApiKeySettings, type ApiRole, createApiKey } from '@sluice/engine'
import type { InjectOptions } from 'fastify'
import { pino } from 'pino'
import { buildApp } from '../../src/app.ts'
import { apiTest } from './api-test.ts'
import { checkAnswers } from './check-answers.ts'

/** Logs the reason of every 500. */
const logger = pino({ level: 'error' })

/** A test with an API whose clients need an API key. */
export const authTest = apiTest
  .override('app', async ({ engine, onTestFinished }) => {
    const app = await buildApp({ engine, logger, heartbeatMs: 50, maxFailedAuthentications: 1000 })
    checkAnswers(app)
    onTestFinished(() => app.close())
    return app
  })
  .extend('keyOf', ({ engine }) => async (role: ApiRole, settings: Partial<ApiKeySettings> = {}) => {
    const { text } = await createApiKey(engine, { name: `a ${role}`, role, ...settings }, 'command')
    return text
  })
  .extend(
    'callAs',
    ({ app }) =>
      (key: string, request: InjectOptions) =>
        app.inject({ ...request, headers: { ...request.headers, authorization: `Bearer ${key}` } }),
  )
