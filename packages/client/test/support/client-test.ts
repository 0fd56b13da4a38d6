import { createServer, request as callServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { installationTest } from '@sluice/testing'
import { Sluice } from '../../src/index.ts'

/** A proxy before the API. `cut` decides for each request, by its number, whether its answer is lost, and when. */
async function startProxy(target: string, cut: (nth: number) => 'no' | 'before_answer' | number) {
  let count = 0
  const server = createServer((incoming, outgoing) => {
    const fate = cut((count += 1))
    const call = callServer(
      target + incoming.url,
      { method: incoming.method, headers: incoming.headers },
      (response) => {
        if (fate === 'before_answer') return void incoming.socket.destroy()
        outgoing.writeHead(response.statusCode ?? 500, response.headers)
        let left = typeof fate === 'number' ? fate : Infinity
        response.on('data', (bytes: Buffer) => {
          if (left === 0) return
          outgoing.write(bytes.subarray(0, left), () => {
            if (left === 0) incoming.socket.destroy()
          })
          left -= Math.min(left, bytes.length)
        })
        // An answer that is cut must not end as if it were complete.
        response.on('end', () => void (left > 0 && outgoing.end()))
        response.on('error', () => outgoing.destroy())
      },
    )
    call.on('error', () => outgoing.destroy())
    incoming.pipe(call)
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

/** A test with a client of a real API. */
export const clientTest = installationTest
  .extend('sluice', ({ api }) => new Sluice({ url: api.url }))
  .extend('proxyTo', ({ onTestFinished }) => async (target: string, cut: Parameters<typeof startProxy>[1]) => {
    const { url, close } = await startProxy(target, cut)
    onTestFinished(close)
    return url
  })
