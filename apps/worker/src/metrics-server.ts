import { createServer, type Server, type ServerResponse } from 'node:http'
import { once } from 'node:events'
import type { Registry } from 'prom-client'

/** Returns why the worker cannot run tasks now, or undefined if it can. */
export type FindObstacle = () => Promise<string | undefined>

/**
 * Serves `/metrics`; `/healthz`, which returns 200 while the process is alive; and `/readyz`, which returns 503 while
 * the worker cannot run tasks.
 */
export async function startMetricsServer(
  registry: Registry,
  findObstacle: FindObstacle,
  port: number,
  host: string,
): Promise<Server> {
  const server = createServer((request, response) => {
    void respond(registry, findObstacle, request.url ?? '', response)
  })
  server.listen(port, host)
  await once(server, 'listening')
  return server
}

async function respond(
  registry: Registry,
  findObstacle: FindObstacle,
  url: string,
  response: ServerResponse,
): Promise<void> {
  if (url === '/metrics') {
    response.setHeader('content-type', registry.contentType).end(await registry.metrics())
  } else if (url === '/healthz') {
    sendJson(response, 200, { status: 'ok' })
  } else if (url === '/readyz') {
    const problem = await findObstacle()
    sendJson(response, problem ? 503 : 200, problem ? { status: 'unavailable', problem } : { status: 'ok' })
  } else {
    response.writeHead(404).end()
  }
}

function sendJson(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}
