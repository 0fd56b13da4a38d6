import { setTimeout as sleep } from 'node:timers/promises'
import { isCluster } from '@sluice/testing'
import { Random } from '../../packages/engine/test/support/random.ts'
import { Administrator } from './administrator.ts'
import { deleteEverything, untilNone } from './clean-up.ts'
import { Client } from './client.ts'
import { count, sumOf } from './counts.ts'
import { Detector } from './detector.ts'
import { planFaults, planHarmlessFaults, runFaults } from './faults.ts'
import { judge, type Records } from './judge.ts'
import type { Form } from './storage.ts'
import { Sender } from './sender.ts'
import type { BatchRecord, Loss, SentBatch } from './sent-batch.ts'
import { Stage } from './stage.ts'

const SENDERS = 3

const FORMS: readonly Form[] = ['always', 'everysec', 'replica']

/** How long handlers block their workers at the beginning. */
const BLOCK_MS = 12_000

/**
 * When everything is well again, every batch must end within this: dead workers found after 3.5 s, a pass of the
 * reconciler every 15 s, connections given up after 15 s, and the work that is left.
 */
const RECOVERY_MS = 120_000

/** What one run did and found. */
export interface ChaosRun {
  seed: number
  form: Form
  faults: Record<string, number>
  races: Record<string, number>
  batches: number
  tasks: number
  calls: number
  /** Tasks that were called more than once. */
  calledAgain: number
  stops: Record<string, number>
  detections: number
  watched: number
  repeats: Record<string, number>
  /** Promises that Redis did not keep, all within what it says about itself. */
  losses: Loss[]
  /** How long after workers were killed their calls were made again, in ms. */
  returnsMs: readonly number[]
  /** From the end of the last fault to the end of the last batch. */
  recoveryMs: number
  problems: string[]
  /** Where the logs are; only of a run with problems. */
  logs?: string
}

/** Sends batches through an installation while everything in it fails, lets it calm down, and looks at what is left. */
export async function runChaos(seed: number, forMs: number): Promise<ChaosRun> {
  const stage = await Stage.open(isCluster ? 'cluster' : (FORMS[seed % FORMS.length] ?? 'always'))
  const run = new Run(stage, seed)
  try {
    return await run.perform(forMs)
  } finally {
    run.close()
    await stage.close()
  }
}

interface Sent {
  client: Client
  batch: SentBatch
}

class Run {
  readonly #stage: Stage
  readonly #seed: number
  /** One for each sender, and then those of steady load, of blocked workers, and of the administrator. */
  readonly #clients: readonly Client[]
  readonly #senders: readonly Sender[]
  readonly #administrator: Administrator
  readonly #detector: Detector
  readonly #closing = new AbortController()
  readonly #notes: string[] = []
  readonly #startedAt = performance.now()

  constructor(stage: Stage, seed: number) {
    this.#stage = stage
    this.#seed = seed
    this.#clients = Array.from({ length: SENDERS + 3 }, (_, i) => new Client(stage, new Random(seed + i + 1)))
    this.#senders = this.#clients
      .slice(0, SENDERS)
      .map((client, i) => new Sender(stage, new Random(seed + i + 100), client, `c${i}`, this.#closing.signal))
    this.#administrator = new Administrator(stage, new Random(seed + 10), this.#clients.at(-1) as Client)
    this.#detector = new Detector(stage, new Random(seed + 11))
  }

  async perform(forMs: number): Promise<ChaosRun> {
    const random = new Random(this.#seed)
    const harmless = planHarmlessFaults(this.#stage, random, BLOCK_MS)
    const plan = planFaults(this.#stage, random, forMs)
    const died = this.#watchForDeaths()
    const load = new AbortController()
    const loading = this.#load(load.signal)
    await Promise.all([runFaults(harmless, (text) => this.#note(text)), this.#block()])
    this.#note('no worker is blocked any more')
    await runFaults(plan, (text) => this.#note(text))
    load.abort()
    const calmAt = performance.now()
    this.#note('calm')
    const thrown = await loading
    this.#note('clients are done')
    const unlike = await this.#administrator.checkQueues()
    const late = await this.#settle()
    const recoveryMs = Math.round(performance.now() - calmAt)
    this.#note('settled')
    const records = await this.#readAll()
    const problems = [...died(), ...thrown, ...unlike, ...late, ...(await this.#judge(records))]
    this.#note('judged')
    problems.push(...(await deleteEverything(this.#stage, this.#administrator)))
    problems.push(...this.#stage.findWarnings(), ...this.#seen())
    this.#note('everything is deleted')
    return await this.#report(records, {
      faults: count([...harmless, ...plan].map(({ kind }) => kind)),
      recoveryMs,
      problems,
    })
  }

  close(): void {
    this.#closing.abort()
  }

  /** Runs all that send requests until the signal is aborted, and returns the answers that none of them expected. */
  async #load(signal: AbortSignal): Promise<string[]> {
    const ends = await Promise.allSettled([
      ...this.#senders.map((sender) => sender.sendUntil(signal)),
      this.#administrator.actUntil(signal),
      this.#detector.detectUntil(signal),
      this.#keepWorkersBusy(this.#clients.at(-3) as Client, signal),
    ])
    return ends.flatMap((end) => (end.status === 'rejected' ? [String(end.reason)] : []))
  }

  /** Has slow calls run at all times, so that whatever befalls a worker befalls calls. */
  async #keepWorkersBusy(client: Client, signal: AbortSignal): Promise<void> {
    const random = new Random(this.#seed + 12)
    const behaviour = () => ({ status: 200, delayMs: random.int(100, 600) })
    for (let nth = 1; !signal.aborted; nth += 1) {
      await client.orNot(client.send({ name: `steady-${nth}`, size: 900, behaviour, settings: { concurrency: 15 } }))
      const last = client.sent.at(-1)
      if (last) await client.waitFor(last, ({ counts }) => signal.aborted || counts.pending < 300)
    }
    await Promise.all(client.sent.map((batch) => client.cancel(batch)))
  }

  /** Blocks workers while they run calls of another batch, whose tasks have a single attempt. */
  async #block(): Promise<void> {
    const client = this.#clients.at(-2) as Client
    const behaviour = () => ({ status: 200, delayMs: 300 })
    const batches = {
      innocent: { size: 400, settings: { concurrency: 20, priority: 1 }, behaviour },
      blocking: { size: 2, settings: { concurrency: 2, priority: 1 }, blockMs: BLOCK_MS },
    }
    for (const [kind, batch] of Object.entries(batches)) {
      const send = (nth: number) => client.send({ name: `${kind}-${nth}`, isExact: true, ...batch })
      for (let nth = 1; !(await client.orNot(send(nth))); nth += 1);
    }
    await Promise.all(client.sent.map((batch) => client.waitFor(batch, ({ state }) => state === 'completed')))
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
    for (const { client, batch } of open) await client.makeWhole(batch)
    while (open.size > 0 && performance.now() < deadline) {
      for (const pair of open) {
        const view = await pair.client.read(pair.batch)
        if (!view || view.state === 'completed' || (view.state === 'cancelled' && view.counts.running === 0))
          open.delete(pair)
        if (view?.state === 'interrupted') await pair.client.makeWhole(pair.batch)
      }
      await sleep(100)
    }
    return [...open].map(({ batch }) => `${batch.name} (${batch.id}) has not ended in ${RECOVERY_MS} ms`)
  }

  async #readAll(): Promise<Records> {
    const records = new Map<SentBatch, BatchRecord | undefined>()
    for (const { client, batch } of this.#all()) records.set(batch, await client.readAll(batch))
    return records
  }

  /** What is wrong with what is left. The last tickets end a moment after the last batch. */
  async #judge(records: Records): Promise<string[]> {
    const leftovers = await untilNone(() => this.#stage.findLeftovers())
    return [
      ...(await judge(this.#stage, records, this.#losses())),
      ...leftovers.map((key) => `left behind: ${key}`),
      ...(await this.#detector.check()),
    ]
  }

  async #report(records: Records, found: Pick<ChaosRun, 'faults' | 'recoveryMs' | 'problems'>): Promise<ChaosRun> {
    const all = [...records.values()].filter((record) => record !== undefined)
    const tasks = [...records.keys()].flatMap(({ name }) => this.#stage.upstream.allCallsOf(name))
    const run: ChaosRun = {
      seed: this.#seed,
      form: this.#stage.redis.form,
      races: this.#administrator.races,
      batches: records.size,
      tasks: all.reduce((sum, { view }) => sum + view.counts.total, 0),
      calls: this.#stage.upstream.callCount,
      calledAgain: tasks.filter((calls) => calls.length > 1).length,
      stops: count(all.flatMap(({ interruptions }) => interruptions.map(({ reason }) => reason))),
      detections: this.#detector.count,
      watched: [...records.keys()].filter(({ watched }) => watched !== undefined).length,
      repeats: sumOf(this.#requesters().map(({ repeats }) => repeats)),
      losses: this.#losses(),
      returnsMs: this.#stage.returnsAfterKills(),
      ...found,
    }
    if (run.problems.length === 0 && process.env['CHAOS_DEBUG'] === undefined) return run
    console.log(`What happened with CHAOS_SEED=${this.#seed}:\n${this.#notes.join('\n')}`)
    for (const { view } of all.filter(({ view: { id } }) => run.problems.some((problem) => problem.includes(id)))) {
      console.log(JSON.stringify(view))
    }
    return { ...run, logs: await this.#stage.saveLogs() }
  }

  #all(): Sent[] {
    return this.#clients.flatMap((client) => client.sent.map((batch) => ({ client, batch })))
  }

  #losses(): Loss[] {
    return this.#clients.flatMap(({ losses }) => losses)
  }

  #requesters() {
    return [...this.#clients, this.#administrator, this.#detector].map(({ requests }) => requests)
  }

  /** What those that sent requests have seen to be wrong. */
  #seen(): string[] {
    const seen = [...this.#senders, this.#administrator].flatMap(({ problems }) => problems)
    return [...seen, ...this.#requesters().flatMap(({ bugs }) => bugs)]
  }

  #note(text: string): void {
    this.#notes.push(`${Math.round(performance.now() - this.#startedAt)} ms, ${new Date().toISOString()}: ${text}`)
  }
}
