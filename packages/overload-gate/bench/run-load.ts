import type { ClientReport, ClientSetup } from './client.ts'
import { PinnedProcess } from './pinned-process.ts'
import type { ServerReport, ServerSetup } from './server.ts'

export type Load = Omit<ClientSetup, 'port'>

/** What the client and the server measured in one run. */
export interface Run {
  client: ClientReport
  server: ServerReport
}

/** Runs a load with a new server and a new client, and returns what both measured from the first request on. */
export async function runLoad(setup: ServerSetup, load: Load): Promise<Run> {
  await using server = new PinnedProcess(new URL('server.ts', import.meta.url), 1, setup)
  await using client = new PinnedProcess(new URL('client.ts', import.meta.url), 0)
  const { port } = await server.next<{ port: number }>()
  await client.ask<'ready'>({ ...load, port })
  // Discards what the server measured during its start.
  await server.ask<ServerReport>('report')
  const seen = await client.ask<ClientReport>('go')
  return { client: seen, server: await server.ask<ServerReport>('report') }
}
