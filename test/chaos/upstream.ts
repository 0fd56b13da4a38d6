import { once } from 'node:events'
import { createServer, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A call as the upstream saw it. Times are in ms since the epoch. */
export interface Call {
  at: number
  /** What its answer contained, and no other answer does. */
  token: string
  /** Absent while it runs, and if the caller hung up. */
  status?: number
  hungUpAt?: number
}

/** How the upstream answers the nth call of a task, counted from 1. */
export type Behaviour = (seq: number, nth: number) => { status: number; delayMs: number }

/** A handler calls this path after it has blocked its worker. */
export const UNBLOCKED = '/unblocked'

const OK: Behaviour = () => ({ status: 200, delayMs: 20 })

/** What all tasks call: `/<batch>/<seq>`. It keeps a record of all calls, by which the run is judged. */
export class Upstream {
  readonly host: string
  readonly #server: Server
  readonly #behaviours = new Map<string, Behaviour>()
  readonly #calls = new Map<string, Map<number, Call[]>>()
  readonly #running = new Map<string, number>()
  readonly #peaks = new Map<string, number>()
  /** When workers were blocked no longer, in ms since the epoch. */
  readonly unblockedAt: number[] = []

  private constructor(server: Server) {
    this.#server = server
    this.host = `127.0.0.1:${(server.address() as AddressInfo).port}`
    server.on('request', (request, response) => {
      if (request.url === UNBLOCKED) {
        this.unblockedAt.push(Date.now())
        return void response.end()
      }
      const [, batch = '', seq] = (request.url ?? '').split('/')
      request.resume()
      this.#take(batch, Number(seq), response)
    })
  }

  static async start(): Promise<Upstream> {
    const server = createServer({ keepAliveTimeout: 60_000 })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    return new Upstream(server)
  }

  /** Decides how all calls of a batch are answered from now on. By default they succeed. */
  behave(batch: string, behaviour: Behaviour = OK): void {
    this.#behaviours.set(batch, behaviour)
  }

  urlOf(batch: string, seq: number): string {
    return `http://${this.host}/${batch}/${seq}`
  }

  callsOf(batch: string, seq: number): readonly Call[] {
    return this.#calls.get(batch)?.get(seq) ?? []
  }

  /** Calls of each task of a batch, in no order. */
  allCallsOf(batch: string): readonly (readonly Call[])[] {
    return [...(this.#calls.get(batch)?.values() ?? [])]
  }

  /** The most calls of a batch that ran at once. */
  peakOf(batch: string): number {
    return this.#peaks.get(batch) ?? 0
  }

  get callCount(): number {
    return [...this.#calls.keys()]
      .flatMap((batch) => this.allCallsOf(batch))
      .reduce((sum, { length }) => sum + length, 0)
  }

  /** How long it took from each call that was hung up in such a time to the next call of its task, in ms. */
  gapsAfter(isWanted: (hungUpAt: number) => boolean): number[] {
    const tasks = [...this.#calls.keys()].flatMap((batch) => this.allCallsOf(batch))
    return tasks.flatMap((calls) =>
      calls.flatMap(({ hungUpAt }, i) => {
        const next = calls[i + 1]
        return hungUpAt !== undefined && next && isWanted(hungUpAt) ? [Math.max(0, next.at - hungUpAt)] : []
      }),
    )
  }

  close(): void {
    this.#server.close()
    this.#server.closeAllConnections()
  }

  #take(batch: string, seq: number, response: ServerResponse): void {
    const calls = this.#listOf(batch, seq)
    const call: Call = { at: Date.now(), token: `${batch}/${seq}/${calls.length + 1}` }
    calls.push(call)
    this.#count(batch, 1)
    const { status, delayMs } = (this.#behaviours.get(batch) ?? OK)(seq, calls.length)
    const timer = setTimeout(() => {
      call.status = status
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify({ token: call.token }))
    }, delayMs)
    response.once('close', () => {
      clearTimeout(timer)
      this.#count(batch, -1)
      if (call.status === undefined) call.hungUpAt = Date.now()
    })
  }

  #listOf(batch: string, seq: number): Call[] {
    const tasks = this.#calls.get(batch) ?? new Map<number, Call[]>()
    this.#calls.set(batch, tasks)
    const calls = tasks.get(seq) ?? []
    tasks.set(seq, calls)
    return calls
  }

  #count(batch: string, change: number): void {
    const running = (this.#running.get(batch) ?? 0) + change
    this.#running.set(batch, running)
    this.#peaks.set(batch, Math.max(this.peakOf(batch), running))
  }
}
