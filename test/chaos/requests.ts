import { setTimeout as sleep } from 'node:timers/promises'
import type { Random } from '../../packages/engine/test/support/random.ts'
import type { Stage } from './stage.ts'

const ANSWER_WITHIN_MS = 4000

/** Longer than anything may stay wrong. */
const GIVE_UP_AFTER_MS = 150_000

export interface Answer {
  status: number
  body: any
  /** How often it was asked until then. Earlier requests may be carried out even now, by an API that was frozen. */
  tries: number
}

interface Ask {
  headers?: Record<string, string>
  body?: string
  /** Which API is asked first. Default: any. After each failure it is the next one. */
  via?: number
  /** For how long to ask again, in ms. */
  patienceMs?: number
}

/** A request that was in vain for as long as its client was patient. */
export class InVainError extends Error {
  override readonly name = 'InVainError'
}

/** Asks as every client should: again after any error, until there is an answer. */
export class Requests {
  /** Why requests were repeated, and how often: the code of the answer, or that there was none. */
  readonly repeats: Record<string, number> = {}
  /** Answers that no fault excuses. */
  readonly bugs: string[] = []
  readonly #stage: Stage
  readonly #random: Random

  constructor(stage: Stage, random: Random) {
    this.#stage = stage
    this.#random = random
  }

  /** Asks one API or the other until it gets one of the answers it can do something with. */
  async insist(method: string, path: string, expected: readonly number[], ask: Ask = {}): Promise<Answer> {
    const { patienceMs = GIVE_UP_AFTER_MS, via = this.#random.int(0, 1), ...init } = ask
    const deadline = performance.now() + patienceMs
    for (let tries = 1; ; tries += 1) {
      const answer = await this.#ask(method, path, via + tries - 1, init)
      if (answer && expected.includes(answer.status)) return { ...answer, tries }
      const said = `${method} ${path} was answered ${answer?.status}: ${JSON.stringify(answer?.body)}`
      if (answer?.status === 500) this.bugs.push(said)
      if (answer && answer.status < 500 && answer.status !== 409) throw new Error(said)
      if (performance.now() > deadline) {
        const [message, isImpatient] = [`After ${patienceMs} ms, ${said}`, ask.patienceMs !== undefined]
        throw isImpatient ? new InVainError(message) : new Error(message)
      }
      const reason = String(answer ? answer.body?.code : 'no answer')
      this.repeats[reason] = (this.repeats[reason] ?? 0) + 1
      await sleep(this.#random.int(50, 400))
    }
  }

  /** The same with a body in JSON. */
  async send(method: string, path: string, expected: readonly number[], body: unknown, ask: Ask = {}): Promise<Answer> {
    const headers = { 'content-type': 'application/json', ...ask.headers }
    return await this.insist(method, path, expected, { ...ask, headers, body: JSON.stringify(body) })
  }

  async #ask(method: string, path: string, via: number, init: RequestInit): Promise<Omit<Answer, 'tries'> | undefined> {
    const { apis } = this.#stage
    const baseUrl = apis[via % apis.length]?.baseUrl
    try {
      const signal = AbortSignal.timeout(ANSWER_WITHIN_MS)
      const response = await fetch(`${baseUrl}/v1${path}`, { ...init, method, signal })
      const isJson = response.headers.get('content-type')?.includes('json') && !path.includes('/results')
      return { status: response.status, body: isJson ? await response.json() : await response.text() }
    } catch {
      return undefined
    }
  }
}
