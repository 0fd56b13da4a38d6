import { readBatch } from '@sluice/engine'
import { startMockServer } from '@sluice/mock-upstream'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { mkdtemp, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { describe, expect, type TestContext } from 'vitest'
import { fleetTest, submit, tasksOf, untilCompleted } from '../support/fleet-test.ts'

const README = new URL('../../../../packages/worker-kit/README.md', import.meta.url)

/** A test that writes modules into a temporary folder, from which no package of this repository can be resolved. */
const moduleTest = fleetTest.extend('writeModules', async ({ onTestFinished }) => {
  const folder = await mkdtemp(join(tmpdir(), 'sluice-handlers-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  return async (files: Readonly<Record<string, string>>): Promise<string> => {
    for (const [name, source] of Object.entries(files)) {
      await mkdir(dirname(join(folder, name)), { recursive: true })
      await writeFile(join(folder, name), source)
    }
    return join(folder, Object.keys(files)[0] ?? '')
  }
})

/** The example of a module of handlers, as the README has it. */
async function readExample(): Promise<string> {
  return /```js\n(\/\/ handlers\.mjs[^]*?)```/.exec(await readFile(README, 'utf8'))?.[1] ?? ''
}

/** Starts an upstream that refuses each idempotency key once, without a time, and then accepts it. */
async function startRecorder(onTestFinished: TestContext['onTestFinished']): Promise<{ url: string; keys: string[] }> {
  const keys: string[] = []
  const server = createServer(({ headers }, response) => {
    const key = String(headers['idempotency-key'])
    response.statusCode = keys.includes(key) ? 200 : 429
    keys.push(key)
    response.end('{}')
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  onTestFinished(() => void server.close())
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, keys }
}

const IMPORT = "import { NonRetryableError } from '@sluice/worker-kit'"
const BODY = "{ work: () => { throw new NonRetryableError('never') } }"
const TYPED = "import { type Handlers, NonRetryableError } from '@sluice/worker-kit'"

describe.concurrent('a worker process', { timeout: 90_000 }, () => {
  moduleTest.for([
    ['an ES module', 'handlers.mjs', `${IMPORT}\nexport default ${BODY}`],
    [
      'CommonJS',
      'handlers.cjs',
      `const { NonRetryableError } = require('@sluice/worker-kit')\nmodule.exports = ${BODY}`,
    ],
    ['TypeScript', 'handlers.ts', `${TYPED}\nexport default ${BODY} satisfies Handlers`],
  ] as const)(
    'gives %s in any folder the error classes of @sluice/worker-kit',
    async ([, name, source], { engine, startWorker, writeModules }) => {
      // pnpm sets NODE_PATH, by which `require` would find the packages of this repository.
      await startWorker({ NODE_PATH: '', SLUICE_HANDLERS: await writeModules({ [name]: source }) })
      const id = await submit(engine, { payloads: [1], retry: { maxAttempts: 3 } })

      expect((await untilCompleted(engine, id)).counts).toMatchObject({ failed: 1 })
      expect(await tasksOf(engine, id)).toMatchObject([{ attempts: 1, error: { message: 'never' } }])
    },
  )

  moduleTest('resolves dependencies of a module from its own folder', async ({ engine, startWorker, writeModules }) => {
    const path = await writeModules({
      'handlers.mjs': "import answer from 'answer'\nexport default { work: () => answer }",
      'node_modules/answer/package.json': '{ "name": "answer", "type": "module", "exports": "./answer.js" }',
      'node_modules/answer/answer.js': 'export default 42',
    })
    await startWorker({ SLUICE_HANDLERS: path })
    const id = await submit(engine, { payloads: [1] })

    await untilCompleted(engine, id)
    expect(await tasksOf(engine, id)).toMatchObject([{ result: 42 }])
  })

  moduleTest(
    'runs the example of the README, which waits as long as a 429 asks and spends no attempt',
    async ({ engine, startWorker, writeModules, onTestFinished }) => {
      const rateLimit = { limit: 1, windowMs: 1000 }
      const upstream = await startMockServer({
        port: 0,
        mode: 'single',
        defaultService: { maxConcurrency: 10, rateLimit, delayMs: [1, 1], retryAfter: true },
      })
      onTestFinished(() => upstream.stop())
      const path = await writeModules({ 'handlers.mjs': await readExample() })
      await startWorker({ SLUICE_HANDLERS: path, LLM_URL: `${upstream.url}/` })
      const payloads = [{ text: 'a' }, { text: 'b' }, {}]
      const id = await submit(engine, { type: 'summarise', payloads, retry: { maxAttempts: 1 } })

      await untilCompleted(engine, id, 30_000)
      expect((await readBatch(engine, id)).counts).toMatchObject({ completed: 2, failed: 1 })
      expect(await tasksOf(engine, id)).toMatchObject([
        { state: 'completed', attempts: 1 },
        { state: 'completed', attempts: 1 },
        { state: 'failed', error: { message: 'The payload has no text.' } },
      ])
    },
  )
  moduleTest(
    'runs the example of the README, which postpones on a 429 without a time and keeps one idempotency key per task',
    async ({ engine, startWorker, writeModules, onTestFinished }) => {
      const upstream = await startRecorder(onTestFinished)
      const path = await writeModules({ 'handlers.mjs': await readExample() })
      await startWorker({ SLUICE_HANDLERS: path, LLM_URL: upstream.url })
      const payloads = [{ text: 'a' }, { text: 'a' }]
      const id = await submit(engine, { type: 'summarise', payloads, retry: { maxAttempts: 1 } })

      expect((await untilCompleted(engine, id, 30_000)).counts).toMatchObject({ completed: 2, failed: 0 })
      expect(upstream.keys.toSorted()).toEqual([`${id}-0`, `${id}-0`, `${id}-1`, `${id}-1`])
    },
  )
})
