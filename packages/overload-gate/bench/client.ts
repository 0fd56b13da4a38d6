import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { RawConnection } from './raw-connection.ts'

/*
 * Sends requests from its own process at their scheduled times, independent of responses. Latency counts from the
 * scheduled time, so a late client cannot make a server look better. The client also reports how late it was.
 */

export interface ClientSetup {
  port: number
  path: string
  /** When to send, in ms from the start. */
  times: readonly number[]
  /** `kept`: connections opened in advance. `new`: one connection per request. */
  connections: 'kept' | 'new'
  /** The number of connections opened in advance, if they are kept. */
  poolSize: number
  timeoutMs: number
}

/** One value per request, in the order of the schedule. */
export interface ClientReport {
  /** The HTTP status. 0: the connection broke. -1: the request timed out. */
  statuses: number[]
  latenciesMs: number[]
  latenessMs: number[]
}

/** How late timers may fire, in ms. The client polls the clock for this time before a request is due. */
const TIMER_SLACK_MS = 2

const WARM_UP_REQUESTS = 300

process.once('message', (setup) => void serve(setup as ClientSetup))
process.on('disconnect', () => process.exit())

/** Reports readiness, waits for the start message, sends the requests, and reports the results. */
async function serve(setup: ClientSetup): Promise<void> {
  await warmUp(setup.port)
  const idle = setup.connections === 'kept' ? await openPool(setup.port, setup.poolSize) : []
  const go = once(process, 'message')
  process.send?.('ready')
  await go
  process.send?.(await run(setup, idle))
}

async function run(setup: ClientSetup, idle: RawConnection[]): Promise<ClientReport> {
  const { port, times, timeoutMs, connections } = setup
  const request = requestText(setup)
  const report: ClientReport = { statuses: [], latenciesMs: [], latenessMs: [] }
  const { promise: isDone, resolve } = Promise.withResolvers<void>()
  let left = times.length
  let next = 0
  const start = performance.now()
  pump()
  await isDone
  return report

  function pump(): void {
    const now = performance.now() - start
    while (next < times.length && (times[next] ?? 0) <= now) send(next++)
    if (next === times.length) return
    const wait = (times[next] ?? 0) - now
    if (wait > TIMER_SLACK_MS) setTimeout(pump, wait - TIMER_SLACK_MS)
    else setImmediate(pump)
  }

  function send(index: number): void {
    const scheduled = start + (times[index] ?? 0)
    const connection = takeIdle(idle) ?? new RawConnection(port)
    report.latenessMs[index] = performance.now() - scheduled
    const timer = setTimeout(() => finish(-1), scheduled + timeoutMs - performance.now())
    connection.send(request, finish)

    function finish(status: number): void {
      clearTimeout(timer)
      report.statuses[index] = status
      report.latenciesMs[index] = Math.min(timeoutMs, performance.now() - scheduled)
      if (status > 0 && connections === 'kept' && connection.isOpen) idle.push(connection)
      else connection.destroy()
      left -= 1
      if (left === 0) resolve()
    }
  }
}

function requestText({ path, connections }: Pick<ClientSetup, 'path' | 'connections'>): string {
  const close = connections === 'new' ? 'Connection: close\r\n' : ''
  return `GET ${path} HTTP/1.1\r\nHost: bench\r\n${close}\r\n`
}

/** Sends the first requests of the process, which are slow because V8 is still compiling. */
async function warmUp(port: number): Promise<void> {
  const connection = new RawConnection(port)
  const request = requestText({ path: '/trivial', connections: 'kept' })
  for (let count = 0; count < WARM_UP_REQUESTS; count += 1) {
    await new Promise<number>((resolve) => connection.send(request, resolve))
  }
  connection.destroy()
}

function takeIdle(idle: RawConnection[]): RawConnection | undefined {
  for (let connection = idle.pop(); connection !== undefined; connection = idle.pop()) {
    if (connection.isOpen) return connection
  }
  return undefined
}

async function openPool(port: number, size: number): Promise<RawConnection[]> {
  const pool: RawConnection[] = []
  while (pool.length < size) {
    await new Promise<void>((resolve) => pool.push(new RawConnection(port, resolve)))
  }
  // Gives the server time to collect the garbage of opening the connections.
  await sleep(100)
  return pool
}
