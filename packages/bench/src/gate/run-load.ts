import type { ClientReport, ClientSetup } from './client.ts'
import { PinnedProcess } from './pinned-process.ts'
import type { ServerMessage, ServerReport, ServerSetup } from './server.ts'

export type Load = Omit<ClientSetup, 'port'>

/** What the client and the server saw of one run. */
export interface Run {
  client: ClientReport
  server: ServerReport
}

/** One run: a fresh server and a fresh client, and the server's report of the time in between. */
export async function runLoad(server: ServerSetup, load: Load): Promise<Run> {
  await using running = await startServer(server)
  return { client: await running.send(load), server: await running.report() }
}

/** A server under test. */
export interface RunningServer extends AsyncDisposable {
  /** Sends it requests from a fresh client. */
  send(load: Load): Promise<ClientReport>
  /** What it measured since the previous report. */
  report(): Promise<ServerReport>
}

/** Starts a server and lets it get warm: the first requests of a process are the compiler's. */
export async function startServer(setup: ServerSetup): Promise<RunningServer> {
  const server = new PinnedProcess(new URL('server.ts', import.meta.url), 1, setup)
  const { port } = await server.next<Extract<ServerMessage, { port: number }>>()
  const running: RunningServer = {
    async send(load) {
      await using client = new PinnedProcess(new URL('client.ts', import.meta.url), 0)
      return await client.ask<ClientReport>({ ...load, port })
    },
    report: () => server.ask<ServerReport>({}),
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  }
  await warmUp(running)
  return running
}

const WARM_UP_REQUESTS = 200

async function warmUp(server: RunningServer): Promise<void> {
  const load = { path: '/trivial', connections: 'kept', poolSize: 20, timeoutMs: 5000 } as const
  await server.send({ ...load, times: Array.from({ length: WARM_UP_REQUESTS }, (_, index) => index) })
  await server.report()
}
