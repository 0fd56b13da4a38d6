import { setTimeout as sleep } from 'node:timers/promises'
import type { DetectionList, DetectionView } from '../../packages/contracts/src/index.ts'
import type { Random } from '../../packages/engine/test/support/random.ts'
import { Requests } from './requests.ts'
import type { Stage } from './stage.ts'

const BUDGETS = { requests: 60, seconds: 6, maxConcurrency: 4 }

/** What a detection may fail with if its worker is killed, frozen or stopped. */
const EXCUSED = new Set(['worker_lost', 'worker_stopped', 'no_success', 'unreliable'])

/** After its last fault, a detection must have ended within this. */
const ENDS_WITHIN_MS = 60_000

/** Detects the limits of the upstream again and again, and sees that each detection ends and stays within its budgets. */
export class Detector {
  readonly requests: Requests
  readonly #stage: Stage
  readonly #random: Random
  /** When the API promised each detection, by its id. */
  readonly #promisedAt = new Map<string, number>()
  #count = 0

  constructor(stage: Stage, random: Random) {
    this.#stage = stage
    this.#random = random
    this.requests = new Requests(stage, random)
  }

  async detectUntil(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const name = `detection-${(this.#count += 1)}`
      this.#stage.upstream.behave(name, () => ({ status: 200, delayMs: 15 }))
      const body = { url: this.#stage.upstream.urlOf(name, 0), budgets: BUDGETS }
      const { id } = (await this.requests.send('POST', '/detections', [202], body)).body as DetectionView
      this.#promisedAt.set(id, Date.now())
      await sleep(this.#random.int(500, 7000), undefined, { signal }).catch(() => {})
      if (this.#random.chance(0.3)) await this.requests.insist('POST', `/detections/${id}/cancel`, [200, 404, 409])
    }
  }

  /** What is wrong with any detection. One whose creation was never answered may stay pending until it expires. */
  async check(): Promise<string[]> {
    const all = await this.#untilEnded()
    const calls = new Map(Object.entries(Object.groupBy(all, ({ url }) => url)))
    return [
      ...all.flatMap((one) => this.#checkOne(one)),
      ...[...calls].flatMap(([url, same]) => this.#checkCalls(url, same?.length ?? 0)),
    ]
  }

  get count(): number {
    return this.#count
  }

  async #untilEnded(): Promise<DetectionView[]> {
    const deadline = performance.now() + ENDS_WITHIN_MS
    for (;;) {
      const { detections } = (await this.requests.insist('GET', '/detections', [200])).body as DetectionList
      if (detections.every((one) => this.#hasEnded(one))) return detections
      if (performance.now() > deadline) return detections
      await sleep(200)
    }
  }

  #hasEnded({ id, state }: DetectionView): boolean {
    if (state === 'pending') return !this.#isPromised(id)
    return state !== 'running'
  }

  #isPromised(id: string): boolean {
    const promisedAt = this.#promisedAt.get(id)
    return promisedAt !== undefined && !this.#stage.redis.mayHaveLost(promisedAt)
  }

  #checkOne(detection: DetectionView): string[] {
    const { id, state, error, result } = detection
    if (state === 'cancelled' || (state === 'pending' && this.#hasEnded(detection))) return []
    if (state === 'completed')
      return result && result.cost.requests <= BUDGETS.requests
        ? []
        : [`detection ${id}: cost ${JSON.stringify(result?.cost)}`]
    if (state === 'failed' && EXCUSED.has(error?.reason ?? '')) return []
    return [`detection ${id} is ${state}: ${JSON.stringify(error)}`]
  }

  /** A detection runs once. One whose creation was repeated is several. */
  #checkCalls(url: string, detections: number): string[] {
    const [, name = ''] = new URL(url).pathname.split('/')
    const calls = this.#stage.upstream.callsOf(name, 0).length
    const allowed = detections * BUDGETS.requests
    return calls > allowed ? [`${name}: ${calls} calls of ${allowed} that ${detections} detections may make`] : []
  }
}
