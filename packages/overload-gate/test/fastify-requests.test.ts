import { fastify, type FastifyReply } from 'fastify'
import { describe, expect, test } from 'vitest'
import { BusyApp } from './support/busy-app.ts'
import { fastifyOver } from './support/frameworks.ts'
import { requestText } from './support/raw-client.ts'

describe('a request that Fastify holds', () => {
  test('is not handled any more once Fastify has answered it because of its handler timeout', async () => {
    await using busy = await BusyApp.open(
      fastifyOver(() => fastify({ forceCloseConnections: true, handlerTimeout: 50 })),
    )

    const client = await busy.send(requestText('GET', '/normal/1'))
    expect(await client.statuses(1)).toEqual([503])
    busy.loop.tick()

    expect(busy.handled).toEqual([])
    await busy.until({ gone: 1, admitted: 1, active: 0, depth: { normal: 0 } })
  })

  test('is not handled any more once another part of the app has taken over its response', async () => {
    const held: FastifyReply[] = []
    const app = fastify({ forceCloseConnections: true })
    app.addHook('onRequest', async (_request, reply) => void held.push(reply))
    await using busy = await BusyApp.open(fastifyOver(() => app))
    await busy.send(requestText('GET', '/normal/1'))
    await busy.until({ depth: { normal: 1 } })

    held.at(-1)?.hijack()
    busy.loop.tick()

    expect(busy.handled).toEqual([])
    expect(busy.stats()).toMatchObject({ gone: 1, active: 0 })
  })

  test('is sheddable if its path is unknown', async () => {
    await using busy = await BusyApp.open(fastifyOver(() => fastify({ forceCloseConnections: true })))

    await busy.send(requestText('GET', '/unknown'))

    await expect.poll(() => busy.stats()).toMatchObject({ depth: { sheddable: 1 } })
  })
})
