import { exclusiveServer, redisTest } from '@sluice/testing'
import { Redis } from 'ioredis'
import { expect } from 'vitest'
import { appendTasks } from '../../src/batch/append-tasks.ts'
import { chunkTasks } from '../../src/batch/chunk-tasks.ts'
import { readBatch } from '../../src/batch/read-batch.ts'
import { resumeBatch } from '../../src/batch/resume-batch.ts'
import { closeEngine, createEngine, type Engine } from '../../src/engine.ts'
import { BatchStateError } from '../../src/errors.ts'
import { range } from '../../src/range.ts'
import { resumeBatchScript } from '../../src/scripts/resume-batch.ts'
import { takeTurnsScript } from '../../src/scripts/take-turns.ts'
import { envelopes, newBatch } from '../support/batches.ts'
import { completed, failed } from '../support/outcomes.ts'
import { Random } from '../support/random.ts'
import { TicketDriver } from '../support/ticket-driver.ts'

const OUTCOMES = 10_000
const ROW = 6
const WORKERS = 4

/** A script call that Redis ran: the outcomes of a turn, or `resume`. */
type Step = 'resume' | { isFailure: boolean }[]

/** Records script calls in the order in which the server runs them. */
async function recordSteps(redisUrl: string, steps: Step[]): Promise<() => void> {
  const redis = new Redis(redisUrl)
  const monitor = await redis.monitor()
  const scripts = new Map<string, typeof takeTurnsScript | typeof resumeBatchScript>()
  for (const script of [takeTurnsScript, resumeBatchScript]) scripts.set(script.sha1, script)
  monitor.on('monitor', (_time: string, [command = '', sha1 = '', , ...operands]: string[]) => {
    const script = command.toLowerCase() === 'evalsha' ? scripts.get(sha1) : undefined
    if (script === resumeBatchScript) steps.push('resume')
    if (script === takeTurnsScript) steps.push(outcomesIn(operands.slice(script.keys.length + script.args.length)))
  })
  return () => {
    monitor.disconnect()
    redis.disconnect()
  }
}

/** Words of a turn before its outcomes: ticket, run, turn, intent, want, size. */
const TURN_WORDS = 6

/** Decodes the outcomes of a call with one turn: seven words for contiguous completed tasks, or nine for a failed task. */
function outcomesIn(words: readonly string[]): { isFailure: boolean }[] {
  const outcomes: { isFailure: boolean }[] = []
  let at = TURN_WORDS
  while (at < words.length) {
    const isFailure = words[at] !== 'completed'
    const count = isFailure ? 1 : Number(words[at + 2])
    for (let i = 0; i < count; i += 1) outcomes.push({ isFailure })
    at += isFailure ? 9 : 7
  }
  return outcomes
}

/** Counts how often a batch must have stopped, by reading all outcomes in order. */
function countTrips(steps: readonly Step[]): number {
  let trips = 0
  let row = 0
  let isActive = true
  for (const step of steps) {
    if (step === 'resume') {
      if (!isActive) row = 0
      isActive = true
      continue
    }
    for (const { isFailure } of step) {
      row = isFailure ? row + 1 : 0
      if (isActive && row >= ROW) {
        trips += 1
        isActive = false
      }
    }
  }
  return trips
}

/** MONITOR slows a shared server down, and covers only one server of a cluster, so the test needs its own server. */
const ownServerTest = redisTest.override('redisServer', { scope: 'file' }, exclusiveServer)

ownServerTest(
  'consecutive failures over four workers are counted in the order in which Redis records them',
  async ({ redisUrl, prefix }) => {
    const seed = Number(process.env['SLUICE_TEST_SEED'] ?? Date.now())
    console.log(`SLUICE_TEST_SEED=${seed}`)
    const engines = range(WORKERS).map(() =>
      createEngine({ redis: new Redis(redisUrl, { maxRetriesPerRequest: null }), prefix }),
    )
    const [engine] = engines as [Engine]
    const id = await newBatch(engine, {
      sealed: false,
      concurrency: WORKERS,
      interruptionCriteria: { maxConsecutiveFailures: ROW },
    })
    await appendTasks(engine, id, chunkTasks(envelopes(OUTCOMES)))
    const steps: Step[] = []
    const stopRecording = await recordSteps(redisUrl, steps)

    const trips = await Promise.all(engines.map((each, ticket) => work(each, id, ticket, new Random(seed + ticket))))

    await expect.poll(() => steps.filter((step) => step !== 'resume').flat().length, { timeout: 15_000 }).toBe(OUTCOMES)
    const { counts } = await readBatch(engine, id)
    expect(counts.completed + counts.failed).toBe(OUTCOMES)
    expect(trips.reduce((sum, count) => sum + count, 0)).toBeGreaterThan(0)
    expect(Number(await engine.redis.hget(engine.keys.batch(id).meta, 'version'))).toBeGreaterThan(1)
    expect(await countedTrips(engine, id)).toBe(countTrips(steps))
    stopRecording()
    await Promise.all(engines.map((each) => closeEngine(each).then(() => each.redis.disconnect())))
  },
)

/** Derives the number of stops from the version, which only stops and resumptions raise in this test. */
async function countedTrips(engine: Engine, id: string): Promise<number> {
  const { state } = await readBatch(engine, id)
  const version = Number(await engine.redis.hget(engine.keys.batch(id).meta, 'version'))
  return state === 'interrupted' ? version / 2 : (version - 1) / 2
}

/** Runs tasks with bursts of random failures until none is left, and resumes the batch whenever it stops. */
async function work(engine: Engine, id: string, ticket: number, random: Random): Promise<number> {
  let resumptions = 0
  for (let epoch = 1; ; epoch++) {
    const driver = new TicketDriver(engine, id, { ticket, run: `${epoch}.1` })
    let reply = await driver.lease(8)
    while (reply.kind === 'run') {
      const isBad = random.chance(0.4)
      const outcomes = reply.tasks.map(({ seq }) => (isBad && random.chance(0.9) ? failed(seq) : completed(seq)))
      reply = await driver.lease(random.int(1, 8), outcomes)
    }
    if (reply.kind !== 'inactive') return resumptions
    resumptions += await resumeBatch(engine, id).then(() => 1, ignoreState)
  }
}

/** Ignores the refusal when another worker has already resumed the batch. */
function ignoreState(error: unknown): number {
  if (error instanceof BatchStateError) return 0
  throw error
}
