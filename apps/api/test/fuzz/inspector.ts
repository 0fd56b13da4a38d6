import { setTimeout as sleep } from 'node:timers/promises'
import { until } from '@sluice/testing'
import type { RunningProcess } from '@sluice/testing'

/** What a process holds after a garbage collection, in bytes and numbers. */
export interface Footprint {
  heapBytes: number
  rssBytes: number
  /** Open sockets, those that listen and those to Redis included. */
  sockets: number
}

const LOOK = `JSON.stringify({
  heapBytes: process.memoryUsage().heapUsed,
  rssBytes: process.memoryUsage().rss,
  sockets: process.getActiveResourcesInfo().filter((name) => name.startsWith('TCP')).length,
})`

/** Looks into a process that was started with `--inspect`, without a change to its program. */
export class Inspector {
  readonly #socket: WebSocket
  #lastId = 0

  private constructor(socket: WebSocket) {
    this.#socket = socket
  }

  static async open(process: RunningProcess): Promise<Inspector> {
    const url = () => /Debugger listening on (ws:\S+)/.exec(process.output)?.[1]
    await until(() => url() !== undefined)
    const socket = new WebSocket(url() ?? '')
    await new Promise((resolve, reject) => {
      socket.addEventListener('open', resolve)
      socket.addEventListener('error', reject)
    })
    return new Inspector(socket)
  }

  /** Collects garbage, and returns what is left. */
  async measure(): Promise<Footprint> {
    for (let i = 0; i < 3; i += 1) {
      await this.#call('HeapProfiler.collectGarbage', {})
      // Finalizers run in later turns of the loop, and free what the next collection takes.
      await sleep(100)
    }
    const { result } = (await this.#call('Runtime.evaluate', { expression: LOOK })) as { result: { value: string } }
    return JSON.parse(result.value) as Footprint
  }

  close(): void {
    this.#socket.close()
  }

  #call(method: string, params: object): Promise<unknown> {
    const id = (this.#lastId += 1)
    return new Promise((resolve) => {
      const onMessage = ({ data }: { data: unknown }) => {
        const message = JSON.parse(String(data)) as { id?: number; result?: unknown }
        if (message.id !== id) return
        this.#socket.removeEventListener('message', onMessage)
        resolve(message.result)
      }
      this.#socket.addEventListener('message', onMessage)
      this.#socket.send(JSON.stringify({ id, method, params }))
    })
  }
}
