import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { describe, expect, test } from 'vitest'
import { busyApp } from './support/busy-app.ts'
import { requestText } from './support/raw-client.ts'

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void

/** An app that knows which of its replies are still in memory. */
async function observedApp() {
  const replies = new Map<string, WeakRef<object>>()
  const busy = await busyApp({
    gate: { capacity: 4 },
    before: (app) =>
      app.addHook('onRequest', async (request, reply) => void replies.set(request.url, new WeakRef(reply))),
  })
  return {
    busy,
    /** Paths of the replies that are still in memory. */
    kept() {
      collectGarbage()
      return [...replies].flatMap(([url, reply]) => (reply.deref() === undefined ? [] : [url]))
    },
    [Symbol.asyncDispose]: () => busy[Symbol.asyncDispose](),
  }
}

describe('nothing of a request is kept once it has its outcome, although its ring has not wrapped around', () => {
  test('admitted after a wait', async () => {
    await using app = await observedApp()
    const client = await app.busy.send(requestText('GET', '/normal/1'))
    await app.busy.until({ depth: { normal: 1 } })

    app.busy.loop.tick()
    await client.statuses(1)
    client.destroy()

    await expect.poll(() => app.kept()).toEqual([])
  })

  test('refused after a wait', async () => {
    await using app = await observedApp()
    const client = await app.busy.send(requestText('GET', '/normal/1'))
    await app.busy.until({ depth: { normal: 1 } })

    app.busy.loop.tick(1001)
    await client.statuses(1)
    client.destroy()

    await expect.poll(() => app.kept()).toEqual([])
  })

  test('disconnected while it was held', async () => {
    await using app = await observedApp()
    const client = await app.busy.send(requestText('GET', '/normal/1'))
    await app.busy.until({ depth: { normal: 1 } })

    client.destroy()
    await app.busy.until({ gone: 1 })

    await expect.poll(() => app.kept()).toEqual([])
  })

  test('refused because the app was closed', async () => {
    await using app = await observedApp()
    await app.busy.send(requestText('GET', '/normal/1'))
    await app.busy.until({ depth: { normal: 1 } })

    await app.busy.app.close()

    await expect.poll(() => app.kept()).toEqual([])
  })
})
