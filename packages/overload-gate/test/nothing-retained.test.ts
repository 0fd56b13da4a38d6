import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { describe, expect, test } from 'vitest'
import { BusyApp, type Framework } from './support/busy-app.ts'
import { FRAMEWORKS } from './support/frameworks.ts'
import { requestText } from './support/raw-client.ts'

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void

/** An app that knows which of its responses are still in memory. */
async function observedApp(framework: Framework) {
  const responses = new Map<string, WeakRef<object>>()
  const busy = await BusyApp.open(framework, {
    gate: { capacity: 4 },
    before: ({ url = '' }, response, next) => {
      responses.set(url, new WeakRef(response))
      next()
    },
  })
  return {
    busy,
    /** Paths of the responses that are still in memory. */
    kept() {
      collectGarbage()
      return [...responses].flatMap(([url, response]) => (response.deref() === undefined ? [] : [url]))
    },
    [Symbol.asyncDispose]: () => busy[Symbol.asyncDispose](),
  }
}

describe.each(FRAMEWORKS)('$name', (framework) => {
  describe('nothing of a request is kept once it has its outcome, although its ring has not wrapped around', () => {
    test('admitted after a wait', async () => {
      await using app = await observedApp(framework)
      const client = await app.busy.send(requestText('GET', '/normal/1'))
      await app.busy.until({ depth: { normal: 1 } })

      app.busy.loop.tick()
      await client.statuses(1)
      client.destroy()

      await expect.poll(() => app.kept()).toEqual([])
    })

    test('refused after a wait', async () => {
      await using app = await observedApp(framework)
      const client = await app.busy.send(requestText('GET', '/normal/1'))
      await app.busy.until({ depth: { normal: 1 } })

      app.busy.loop.tick(1001)
      await client.statuses(1)
      client.destroy()

      await expect.poll(() => app.kept()).toEqual([])
    })

    test('disconnected while it was held', async () => {
      await using app = await observedApp(framework)
      const client = await app.busy.send(requestText('GET', '/normal/1'))
      await app.busy.until({ depth: { normal: 1 } })

      client.destroy()
      await app.busy.until({ gone: 1 })

      await expect.poll(() => app.kept()).toEqual([])
    })

    test('refused because the app was closed', async () => {
      await using app = await observedApp(framework)
      await app.busy.send(requestText('GET', '/normal/1'))
      await app.busy.until({ depth: { normal: 1 } })

      await app.busy.close()

      await expect.poll(() => app.kept()).toEqual([])
    })
  })
})
