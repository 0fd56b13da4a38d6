import { createServer, type Server, type ServerResponse } from 'node:http'
import { once } from 'node:events'
import type { Registry } from 'prom-client'

/** Serves `/metrics` and `/healthz`. */
export async function startMetricsServer(registry: Registry, port: number, host: string): Promise<Server> {
  const server = createServer((request, response) => {
    void answer(registry, request.url ?? '', response)
  })
  server.listen(port, host)
  await once(server, 'listening')
  return server
}

async function answer(registry: Registry, url: string, response: ServerResponse): Promise<void> {
  if (url === '/metrics') {
    response.setHeader('content-type', registry.contentType).end(await registry.metrics())
  } else if (url === '/healthz') {
    response.setHeader('content-type', 'application/json').end('{"status":"ok"}')
  } else {
    response.writeHead(404).end()
  }
}
