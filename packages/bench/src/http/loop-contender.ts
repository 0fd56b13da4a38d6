import { freePort, startProcess, type RunningProcess } from '@sluice/testing/servers'
import type { Contender } from '../speed/contender.ts'

/** The hand-written loop of `undici-loop.ts` in its own process. */
export class LoopContender implements Contender, AsyncDisposable {
  readonly name = 'undici, by hand'
  readonly #process: RunningProcess
  readonly #port: number
  #url = ''
  #calls = 0

  private constructor(process: RunningProcess, port: number) {
    this.#process = process
    this.#port = port
  }

  static async start(slots: number): Promise<LoopContender> {
    const port = await freePort()
    const entry = new URL('undici-loop.ts', import.meta.url)
    const args = [String(port), String(slots)]
    return new LoopContender(await startProcess({ entry, args, ready: /the loop is ready/ }), port)
  }

  get pids(): readonly number[] {
    return [this.#process.pid ?? 0]
  }

  async load(payloads: readonly { url?: string }[]): Promise<void> {
    this.#url = payloads[0]?.url ?? ''
    this.#calls = payloads.length
  }

  async run(): Promise<void> {
    const query = new URLSearchParams({ url: this.#url, calls: String(this.#calls) })
    const made = await (await fetch(`http://127.0.0.1:${this.#port}/?${query.toString()}`)).text()
    if (Number(made) !== this.#calls) throw new Error(`The loop made ${made} of ${this.#calls} calls.`)
  }

  async results(): Promise<unknown[]> {
    return []
  }

  async clear(): Promise<void> {}

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#process.kill()
  }
}
