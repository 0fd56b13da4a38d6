import { createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A proxy that serves an API under a path. */
export interface Proxy {
  url: string
  close: () => void
}

/**
 * Starts a proxy in front of an API.
 *
 * @param path where its clients see the API: `/a/b`.
 * @param strips whether it removes the path from what it passes on.
 */
export async function startProxy(api: string, path: string, strips: boolean): Promise<Proxy> {
  const server = createServer((incoming, response) => {
    const { url = '/', method, headers } = incoming
    if (url !== path && !url.startsWith(`${path}/`)) return void response.writeHead(418).end()
    const target = strips ? url.slice(path.length) || '/' : url
    const outgoing = request(new URL(target, api), { method, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers)
      answer.pipe(response)
    })
    outgoing.on('error', () => response.destroy())
    response.on('close', () => outgoing.destroy())
    incoming.pipe(outgoing)
  })
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`,
    close: () => {
      server.closeAllConnections()
      server.close()
    },
  }
}
