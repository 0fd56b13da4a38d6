import { setTimeout as sleep } from 'node:timers/promises'
import { Random } from '../../packages/engine/test/support/random.ts'
import { type Client, notePromise } from './client.ts'
import type { SentBatch } from './sent-batch.ts'
import type { Stage } from './stage.ts'
import { TRIPS, without } from './trips.ts'
import type { Behaviour } from './upstream.ts'
import { watchToEnd } from './watch.ts'

/** Sends batches of random kinds, and does to them what clients do. */
export class Sender {
  /** What is wrong with a batch, as far as only its sender sees that. */
  readonly problems: string[] = []
  readonly #stage: Stage
  readonly #random: Random
  readonly #client: Client
  readonly #name: string
  readonly #closing: AbortSignal
  #counter = 0

  /** @param closing Ends the event streams that are still open. */
  constructor(stage: Stage, random: Random, client: Client, name: string, closing: AbortSignal) {
    this.#stage = stage
    this.#random = random
    this.#client = client
    this.#name = name
    this.#closing = closing
  }

  /** Sends batch after batch until the signal is aborted. */
  async sendUntil(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const name = `${this.#name}-${(this.#counter += 1)}`
      await this.#client.orNot(this.#sendAny(name))
    }
  }

  async #sendAny(name: string): Promise<void> {
    const kind = this.#random.next()
    if (kind < 0.55) await this.#sendPlain(name)
    else if (kind < 0.75) await this.#sendTripping(name)
    else if (kind < 0.95) await this.#sendRetried(name)
    else await this.#client.send({ name, size: 3, blockMs: this.#random.int(1000, 5000) })
  }

  async #sendPlain(name: string): Promise<void> {
    const size = this.#random.int(30, 300)
    const batch = await this.#client.open({ name, size, behaviour: this.#flaky() })
    if (this.#random.chance(0.5)) this.#watch(batch)
    if (this.#random.chance(0.3)) await this.#interruptAndResume(batch)
    await this.#client.seal(batch)
    if (this.#random.chance(0.15)) await this.#client.cancel(batch)
  }

  /** A batch that stops itself. It is resumed without the criterion, and its upstream behaves from then on. */
  async #sendTripping(name: string): Promise<void> {
    const trip = this.#random.pick(TRIPS)
    const settings = { interruptionCriteria: trip.criteria, concurrency: this.#random.int(3, 8) }
    const batch = await this.#client.open({
      name,
      size: this.#random.int(60, 120),
      settings,
      behaviour: trip.behaviour,
    })
    batch.trip = trip
    if (this.#random.chance(0.5)) this.#watch(batch)
    await this.#client.seal(batch)
    if (!(await this.#client.waitFor(batch, (view) => view.state === 'interrupted'))) {
      this.problems.push(`${name} (${batch.id}): did not stop with ${trip.reason}`)
    }
    this.#stage.upstream.behave(name, this.#flaky())
    const body = { interruptionCriteria: without(trip) }
    const resumed = await this.#client.requests.send('POST', `/batches/${batch.id}/resume`, [200, 404, 409], body)
    notePromise(batch, resumed.status)
  }

  /** A batch whose failed tasks are retried at the very moment when it completes, or is deleted. */
  async #sendRetried(name: string): Promise<void> {
    const size = this.#random.int(20, 80)
    const behaviour: Behaviour = (seq, nth) => ({ status: nth === 1 && seq % 7 === 0 ? 400 : 200, delayMs: 10 })
    const batch = await this.#client.send({ name, size, behaviour })
    batch.isRetried = true
    await this.#client.waitFor(batch, ({ counts }) => counts.completed + counts.failed === counts.total)
    const isDeleted = this.#random.chance(0.5)
    if (isDeleted) batch.deletion = 'asked'
    const path = `/batches/${batch.id}`
    const [retried, deleted] = await Promise.all([
      this.#client.requests.insist('POST', `${path}/retry`, [200, 404, 409], { via: 0 }),
      isDeleted ? this.#client.requests.insist('DELETE', path, [204, 404, 409], { via: 1 }) : undefined,
    ])
    if (deleted?.status === 204) batch.deletion = 'confirmed'
    notePromise(batch, retried.status)
  }

  /** An upstream that fails now and then. */
  #flaky(): Behaviour {
    const [slowest, rate] = [this.#random.pick([20, 80, 500]), this.#random.pick([0, 0.02, 0.1])]
    const random = new Random(this.#random.int(0, 1_000_000))
    return () => ({ status: random.chance(rate) ? 500 : 200, delayMs: random.int(5, slowest) })
  }

  #watch(batch: SentBatch): void {
    batch.watched = watchToEnd(this.#stage, this.#random, batch.id, this.#closing)
  }

  async #interruptAndResume(batch: SentBatch): Promise<void> {
    const { status, tries } = await this.#client.requests.insist(
      'POST',
      `/batches/${batch.id}/interrupt`,
      [200, 404, 409],
    )
    batch.interrupts = { confirmed: Number(status === 200), sent: tries }
    await sleep(this.#random.int(0, 500))
    await this.#client.requests.insist('POST', `/batches/${batch.id}/resume`, [200, 404, 409])
  }
}
