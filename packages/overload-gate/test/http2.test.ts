import { once } from 'node:events'
import { type ClientHttp2Session, type ClientHttp2Stream, connect, constants } from 'node:http2'
import { fastify, type FastifyInstance } from 'fastify'
import { expect, test } from 'vitest'
import { BusyApp } from './support/busy-app.ts'
import { fastifyOver } from './support/frameworks.ts'
import type { GateOptions } from '../src/index.ts'

async function http2App(
  gate: GateOptions = {},
): Promise<{ busy: BusyApp; session: ClientHttp2Session } & AsyncDisposable> {
  const busy = await BusyApp.open(
    fastifyOver(() => fastify({ http2: true }) as unknown as FastifyInstance),
    { gate },
  )
  const session = connect(`http://127.0.0.1:${busy.port}`)
  return {
    busy,
    session,
    async [Symbol.asyncDispose]() {
      session.destroy()
      await busy[Symbol.asyncDispose]()
    },
  }
}

async function status(stream: ClientHttp2Stream): Promise<number> {
  const [headers] = (await once(stream, 'response')) as [{ ':status': number }]
  stream.resume()
  return headers[':status']
}

test('HTTP/2 streams are held, and answered once they are released', async () => {
  await using app = await http2App()
  const streams = [1, 2].map((n) => app.session.request({ ':path': `/normal/${n}` }))
  await app.busy.until({ depth: { normal: 2 } })

  app.busy.loop.tick()

  expect(await Promise.all(streams.map((stream) => status(stream)))).toEqual([200, 200])
  await app.busy.until({ active: 0 })
})

test('a stream that is cancelled while it is held frees its place, and the others of its session stay', async () => {
  await using app = await http2App()
  const leaving = app.session.request({ ':path': '/normal/1' })
  const staying = app.session.request({ ':path': '/normal/2' })
  await app.busy.until({ depth: { normal: 2 } })

  leaving.close(constants.NGHTTP2_CANCEL)
  await app.busy.until({ gone: 1, depth: { normal: 1 } })
  app.busy.loop.tick()

  expect(await status(staying)).toBe(200)
  expect(app.busy.handled).toEqual(['/normal/2'])
})

test('a body without a length counts, and the refusal of its stream has no connection header', async () => {
  const warnings: Error[] = []
  process.on('warning', (warning) => warnings.push(warning))
  await using app = await http2App({ maxHeldBodyBytes: 100_000 })

  const stream = app.session.request({ ':path': '/normal/1', ':method': 'POST', 'content-type': 'text/plain' })

  const [headers] = (await once(stream, 'response')) as [Record<string, unknown>]
  expect(headers).toMatchObject({ ':status': 503, 'content-type': expect.stringMatching('^application/problem') })
  expect(warnings).toEqual([])
  expect(app.busy.stats().shed.bytes).toBe(1)
})
