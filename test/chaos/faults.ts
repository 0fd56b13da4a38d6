import { setTimeout as sleep } from 'node:timers/promises'
import type { RedisLink } from '@sluice/testing'
import type { Random } from '../../packages/engine/test/support/random.ts'
import type { Actor } from './actor.ts'
import { ClusteredRedis } from './clustered-redis.ts'
import { SingleRedis } from './single-redis.ts'
import type { Stage } from './stage.ts'

/** Something bad that happens at a time, and is over after a while. */
export interface Fault {
  kind: string
  /** What it happens to: its name, or Redis. */
  target: string
  atMs: number
  forMs: number
  run: () => Promise<void>
}

type Make = (stage: Stage, random: Random) => Omit<Fault, 'atMs'>

/** Longer than a worker may miss its beats, so that others take its tickets over meanwhile. */
const PAST_DEATH_MS = [4000, 7000] as const

const onActor =
  (kind: string, group: 'apis' | 'workers' | 'actors', range: readonly [number, number], act: Act): Make =>
  (stage, random) => {
    const actor = random.pick(stage[group])
    const forMs = random.int(...range)
    return { kind, target: actor.name, forMs, run: () => act(actor, forMs) }
  }

type Act = (actor: Actor, ms: number) => Promise<void>

const onStorage =
  (kind: string, range: readonly [number, number], act: (stage: Stage, ms: number) => Promise<void>): Make =>
  (stage, random) => {
    const forMs = random.int(...range)
    return { kind, target: 'redis', forMs, run: () => act(stage, forMs) }
  }

const onRedis = (
  kind: string,
  range: readonly [number, number],
  act: (redis: SingleRedis, ms: number) => Promise<void>,
) =>
  onStorage(kind, range, async ({ redis }, ms) => {
    if (redis instanceof SingleRedis) await act(redis, ms)
  })

const onShard =
  (kind: string, act: (redis: ClusteredRedis, shard: number) => Promise<void>): Make =>
  ({ redis }, random) => {
    const shard = random.int(0, 2)
    const run = async () => {
      if (redis instanceof ClusteredRedis) await act(redis, shard)
    }
    return { kind, target: 'redis', forMs: 0, run }
  }

async function killAndStart(actor: Actor, ms: number): Promise<void> {
  await actor.kill()
  await sleep(ms)
  await actor.start()
}

async function stopAndStart(actor: Actor, ms: number): Promise<void> {
  await actor.stop()
  await sleep(ms)
  await actor.start()
}

async function freeze(actor: Actor, ms: number): Promise<void> {
  actor.freeze()
  await sleep(ms)
  actor.thaw()
}

const onLink =
  (begin: (link: RedisLink) => void, isReset: boolean): Act =>
  async ({ link }, ms) => {
    if (!link) return
    begin(link)
    await sleep(ms)
    link.restore(isReset)
  }

const cut = onLink((link) => link.cut(), true)
const slow = onLink((link) => link.delay(100), true)
const deafen = onLink((link) => link.deafen(), true)
const forget = onLink((link) => link.forget(), false)
const breakAtReply = onLink((link) => link.breakAtReply(), false)

const API_FAULTS: readonly Make[] = [
  onActor('kill api', 'apis', [0, 1500], killAndStart),
  onActor('restart api', 'apis', [0, 500], stopAndStart),
  onActor('freeze api', 'apis', [1000, 6000], freeze),
]

const WORKER_FAULTS: readonly Make[] = [
  onActor('kill worker', 'workers', [0, 2000], killAndStart),
  onActor('kill worker', 'workers', [0, 2000], killAndStart),
  onActor('restart worker', 'workers', [0, 500], stopAndStart),
  onActor('freeze worker', 'workers', PAST_DEATH_MS, freeze),
]

const linkFaults = (group: 'apis' | 'actors'): readonly Make[] => [
  onActor('cut link', group, [0, 3000], cut),
  onActor('slow link', group, [2000, 6000], slow),
  onActor('break at a reply', group, [0, 0], breakAtReply),
]

const HALF_OPEN: readonly Make[] = [
  onActor('deaf link', 'actors', [2000, 8000], deafen),
  onActor('lost connections', 'actors', [0, 0], forget),
]

const forgetScripts = onStorage('forget scripts', [0, 0], ({ redis }) => redis.forgetScripts())

const REDIS_FAULTS: readonly Make[] = [
  onRedis('kill redis', [0, 1500], (redis, ms) => redis.kill(ms)),
  onRedis('restart redis', [0, 0], (redis) => redis.restart()),
  onRedis('freeze redis', [500, 4000], (redis, ms) => redis.freeze(ms)),
  onRedis('fill redis', [500, 4000], (redis, ms) => redis.fill(ms)),
]

const promote = onStorage('promote replica', [0, 0], async (stage) => {
  if (stage.redis instanceof SingleRedis) await stage.redis.promote((url) => stage.redirect(url))
})

const CLUSTER_FAULTS: readonly Make[] = [
  onShard('kill master', (redis, shard) => redis.killMaster(shard)),
  onShard('fail over', (redis, shard) => redis.failOver(shard)),
]

/** Faults that cost no task an attempt. */
function harmlessFaults({ redis }: Stage): readonly Make[] {
  return [...API_FAULTS, ...(redis.form === 'cluster' ? [] : linkFaults('apis')), forgetScripts]
}

/** The more often a fault stands here, the more often it happens. */
function allFaults({ redis }: Stage): readonly Make[] {
  const ofProcesses = [...WORKER_FAULTS, ...API_FAULTS, forgetScripts]
  if (redis.form === 'cluster') return [...ofProcesses, ...CLUSTER_FAULTS]
  const promotions = redis.form === 'replica' ? [promote, promote] : []
  return [...ofProcesses, ...REDIS_FAULTS, ...linkFaults('actors'), ...HALF_OPEN, ...promotions]
}

/** What a process or Redis needs to start again, roughly; nothing else is planned for it before. */
const START_MS = 2000

/** What happens in so many ms, and when, while no task may be cost an attempt: the seed alone decides. */
export function planHarmlessFaults(stage: Stage, random: Random, withinMs: number): Fault[] {
  return drawFaults(harmlessFaults(stage), stage, random, withinMs)
}

/** The same of all kinds. */
export function planFaults(stage: Stage, random: Random, withinMs: number): Fault[] {
  return drawFaults(allFaults(stage), stage, random, withinMs)
}

function drawFaults(makers: readonly Make[], stage: Stage, random: Random, withinMs: number): Fault[] {
  const plan: Fault[] = []
  const busyUntil = new Map<string, number>()
  for (let atMs = random.int(200, 1000); atMs < withinMs; atMs += random.int(200, 1800)) {
    const fault = random.pick(makers)(stage, random)
    if ((busyUntil.get(fault.target) ?? 0) > atMs) continue
    busyUntil.set(fault.target, atMs + fault.forMs + START_MS)
    plan.push({ ...fault, atMs })
  }
  return plan
}

/** Has the faults happen, and returns when all are over. One on the same target waits for the one before. */
export async function runFaults(plan: readonly Fault[], note: (text: string) => void): Promise<void> {
  const ends = new Map<string, Promise<void>>()
  for (const fault of plan) {
    const before = ends.get(fault.target)
    ends.set(fault.target, runFault(fault, before, note))
  }
  await Promise.all(ends.values())
}

async function runFault(fault: Fault, before: Promise<void> | undefined, note: (text: string) => void): Promise<void> {
  const { kind, target, atMs, forMs, run } = fault
  await sleep(atMs)
  await before
  note(`${kind} (${target}, ${forMs} ms) begins`)
  await run()
  note(`${kind} (${target}) is over`)
}
