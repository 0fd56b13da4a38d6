import { setTimeout as sleep } from 'node:timers/promises'
import { Random } from '../../packages/engine/test/support/random.ts'
import { checkRecord } from './check-record.ts'
import { Client, type Loss, type SentBatch } from './client.ts'
import { planFaults, runFaults } from './faults.ts'
import { Stage, type Durability } from './stage.ts'

const CLIENTS = 3

/** What Redis may lose when it is killed, if it writes its file to disk once a second: Redis itself says up to two. */
const EVERYSEC_LOSES_MS = 2000

/**
 * When everything is well again, every batch must end within this: a lock of 10 s, two checks of 5 s, a pass of the
 * reconciler every 15 s, connections given up after 20 s, and the work that is left.
 */
const RECOVERY_MS = 120_000

/** What one run did and found. */
export interface ChaosRun {
  seed: number
  durability: Durability
  faults: Record<string, number>
  batches: number
  tasks: number
  repeats: number
  /** Promises that Redis did not keep, all within what it says about itself. */
  losses: Loss[]
  /** Calls of the upstream beyond one for each task that completed and one for each error it simulated. */
  reexecutions: number
  /** From the end of the last fault to the end of the last batch. */
  recoveryMs: number
  problems: string[]
  /** Where the logs are; only of a run with problems. */
  logs?: string
}

/** Sends batches through an installation while everything in it fails, lets it calm down, and looks at what is left. */
export async function runChaos(seed: number, forMs: number): Promise<ChaosRun> {
  const random = new Random(seed)
  const durability = seed % 2 === 0 ? 'always' : 'everysec'
  const stage = await Stage.open(durability)
  try {
    return await new Run(stage, seed, random).perform(forMs)
  } finally {
    await stage.close()
  }
}

class Run {
  readonly #stage: Stage
  readonly #seed: number
  readonly #random: Random
  readonly #clients: Client[]
  readonly #notes: string[] = []
  readonly #startedAt = performance.now()

  constructor(stage: Stage, seed: number, random: Random) {
    this.#stage = stage
    this.#seed = seed
    this.#random = random
    this.#clients = Array.from({ length: CLIENTS }, (_, i) => new Client(stage, new Random(seed + i + 1), `c${i}`))
  }

  async perform(forMs: number): Promise<ChaosRun> {
    const plan = planFaults(this.#stage, this.#random, forMs)
    const died = this.#watchForDeaths()
    const load = new AbortController()
    const sending = Promise.all(this.#clients.map((client) => client.sendUntil(load.signal)))
    sending.catch(() => {})
    await runFaults(plan, (text) => this.#note(text))
    load.abort()
    const calmAt = performance.now()
    this.#note('calm')
    await sending
    this.#note('clients are done')
    const late = await this.#settle()
    const recoveryMs = Math.round(performance.now() - calmAt)
    const problems = [...died(), ...late, ...(await this.#checkAll())]
    return await this.#report(
      plan.map(({ kind }) => kind),
      recoveryMs,
      problems,
    )
  }

  /** Watches for processes that end by themselves, which an operator would have to start again. */
  #watchForDeaths(): () => string[] {
    const dead = new Set<string>()
    const timer = setInterval(() => {
      for (const actor of this.#stage.actors) if (actor.hasDied) dead.add(`${actor.name} ended by itself`)
    }, 50)
    return () => {
      clearInterval(timer)
      return [...dead]
    }
  }

  /** Waits until every batch is over, and says which are not in time. */
  async #settle(): Promise<string[]> {
    const deadline = performance.now() + RECOVERY_MS
    const open = new Set(this.#all())
    for (const pair of open) await pair.client.makeWhole(pair.batch)
    while (open.size > 0 && performance.now() < deadline) {
      for (const pair of open) {
        const view = await pair.client.read(pair.batch)
        if (!view || view.state === 'completed' || view.state === 'cancelled') open.delete(pair)
        if (view?.state === 'interrupted') await pair.client.makeWhole(pair.batch)
      }
      await sleep(100)
    }
    return [...open].map(({ batch }) => `${batch.name} (${batch.id}) has not ended in ${RECOVERY_MS} ms`)
  }

  async #checkAll(): Promise<string[]> {
    const found: string[] = []
    for (const { client, batch } of this.#all()) {
      const record = await client.readAll(batch)
      // What is gone is among the losses.
      if (record) found.push(...checkRecord(batch, record))
    }
    const leftovers = await this.#untilNothingIsLeft()
    const inexcusable = this.#losses().filter((loss) => !this.#isExcused(loss))
    return [
      ...found,
      ...leftovers.map((key) => `left behind: ${key}`),
      ...inexcusable.map(({ batch, what }) => `${batch}: lost ${what}`),
    ]
  }

  /** The last tickets end a moment after the last batch; those of a process that died, when their lock lapses. */
  async #untilNothingIsLeft(): Promise<string[]> {
    const deadline = performance.now() + RECOVERY_MS / 2
    for (;;) {
      const leftovers = await this.#stage.findLeftovers()
      if (leftovers.length === 0 || performance.now() > deadline) return leftovers
      await sleep(200)
    }
  }

  #isExcused({ promisedAt }: Loss): boolean {
    if (this.#stage.durability === 'always') return false
    return this.#stage.redisKills.some((at) => at > promisedAt - 1000 && at < promisedAt + EVERYSEC_LOSES_MS)
  }

  async #report(kinds: string[], recoveryMs: number, problems: string[]): Promise<ChaosRun> {
    const upstream = await this.#stage.readUpstream()
    const all = await Promise.all(this.#all().map(({ client, batch }) => client.readAll(batch)))
    const records = all.filter((record) => record !== undefined)
    const completed = records.reduce((sum, { view }) => sum + view.counts.completed, 0)
    const run: ChaosRun = {
      seed: this.#seed,
      durability: this.#stage.durability,
      faults: count(kinds),
      batches: records.length,
      tasks: records.reduce((sum, { view }) => sum + view.counts.total, 0),
      repeats: this.#clients.reduce((sum, { repeats }) => sum + repeats, 0),
      losses: this.#losses(),
      reexecutions: upstream.requests - upstream.simulatedErrors - completed,
      recoveryMs,
      problems,
    }
    if (problems.length === 0 && process.env['CHAOS_DEBUG'] === undefined) return run
    console.log(`What happened with CHAOS_SEED=${this.#seed}:\n${this.#notes.join('\n')}`)
    for (const { view } of records.filter(({ view: { id } }) => problems.some((problem) => problem.includes(id)))) {
      console.log(JSON.stringify(view))
    }
    return { ...run, logs: await this.#stage.saveLogs() }
  }

  #all(): { client: Client; batch: SentBatch }[] {
    return this.#clients.flatMap((client) => client.sent.map((batch) => ({ client, batch })))
  }

  #losses(): Loss[] {
    return this.#clients.flatMap(({ losses }) => losses)
  }

  #note(text: string): void {
    this.#notes.push(`${Math.round(performance.now() - this.#startedAt)} ms, ${new Date().toISOString()}: ${text}`)
  }
}

function count(names: readonly string[]): Record<string, number> {
  return Object.fromEntries(
    Object.entries(Object.groupBy(names, (name) => name)).map(([name, all = []]) => [name, all.length]),
  )
}
