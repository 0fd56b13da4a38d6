import { createServer, request as callServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { pipeline } from 'node:stream/promises'
import { cliTest } from './cli-test.ts'

/** What a proxy does to requests. */
export interface ProxyOptions {
  /** Answers a request itself. Undefined: the request is passed on, once the promise is fulfilled. */
  answer?: (request: IncomingMessage) => Promise<string | undefined>
  /** Passes the body of a request on. An error breaks the connection. */
  passOn?: (request: IncomingMessage) => AsyncIterable<Uint8Array>
  /** Passes the body of the answer back. An error breaks the connection. */
  passBack?: (response: IncomingMessage, request: IncomingMessage) => AsyncIterable<Uint8Array>
}

async function startProxy(target: string, options: ProxyOptions) {
  const server = createServer((incoming, outgoing) => {
    const pass = async () => {
      const own = await options.answer?.(incoming)
      if (own !== undefined) return void outgoing.writeHead(200, { 'content-type': 'application/json' }).end(own)
      const { method, headers, url } = incoming
      const call = callServer(`${target}${url}`, { method, headers }, (response) => {
        outgoing.writeHead(response.statusCode ?? 500, response.headers)
        pipeline(options.passBack?.(response, incoming) ?? response, outgoing).catch(() => outgoing.destroy())
      })
      call.on('error', () => outgoing.destroy())
      await pipeline(options.passOn?.(incoming) ?? incoming, call)
    }
    pass().catch(() => outgoing.destroy())
  })
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  const close = () => {
    server.closeAllConnections()
    server.close()
  }
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, close }
}

/** A test with proxies before the API. */
export const proxyTest = cliTest.extend(
  'proxyTo',
  ({ onTestFinished }) =>
    async (target: string, options: ProxyOptions) => {
      const { url, close } = await startProxy(target, options)
      onTestFinished(close)
      return url
    },
)
