import { closeEngine, createEngine } from '@sluice/engine'
import { exclusiveServer, redisTest } from '@sluice/testing'
import { pino } from 'pino'
import { buildApp } from '../../src/app.ts'
import { checkAnswers } from './check-answers.ts'

/** Logs the reason of every 500. */
const logger = pino({ level: 'error' })

/** A test with an API over a real Redis. `app` is for requests that need no connection, `baseUrl` for those that do. */
export const apiTest = redisTest
  .extend('engine', ({ redis, prefix, onTestFinished }) => {
    const engine = createEngine({ redis, prefix, quotas: { maxTasksPerBatch: 20_000, maxQueues: 3, maxLimits: 3 } })
    onTestFinished(() => closeEngine(engine))
    return engine
  })
  .extend('app', async ({ engine, onTestFinished }) => {
    const app = await buildApp({ engine, allowAnonymous: true, logger, heartbeatMs: 50, maxBodyBytes: 1_000_000 })
    checkAnswers(app)
    onTestFinished(() => app.close())
    return app
  })
  .extend('baseUrl', ({ app }) => app.listen({ host: '127.0.0.1', port: 0 }))

/** The same on a Redis of its own, for tests that configure it or count its commands. */
export const ownServerApiTest = apiTest.override('redisServer', { scope: 'file' }, exclusiveServer)
