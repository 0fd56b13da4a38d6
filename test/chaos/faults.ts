import { setTimeout as sleep } from 'node:timers/promises'
import type { Random } from '../../packages/engine/test/support/random.ts'
import type { Actor, Stage } from './stage.ts'

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

/** Longer than the lock of a ticket, so that another worker takes it over meanwhile. */
const PAST_THE_LOCK_MS = [10_500, 13_000] as const

const onActor =
  (kind: string, group: 'apis' | 'workers' | 'actors', range: readonly [number, number], act: Act): Make =>
  (stage, random) => {
    const actor = random.pick(stage[group])
    const forMs = random.int(...range)
    return { kind, target: actor.name, forMs, run: () => act(actor, forMs) }
  }

type Act = (actor: Actor, ms: number) => Promise<void>

const onRedis =
  (kind: string, range: readonly [number, number], act: (stage: Stage, ms: number) => Promise<void>): Make =>
  (stage, random) => {
    const forMs = random.int(...range)
    return { kind, target: 'redis', forMs, run: () => act(stage, forMs) }
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
  (begin: (actor: Actor) => void, isReset: boolean): Act =>
  async (actor, ms) => {
    begin(actor)
    await sleep(ms)
    actor.link.restore(isReset)
  }

/** The more often a fault stands here, the more often it happens. */
const MAKERS: readonly Make[] = [
  onActor('kill worker', 'workers', [0, 2000], killAndStart),
  onActor('kill worker', 'workers', [0, 2000], killAndStart),
  onActor('kill api', 'apis', [0, 1500], killAndStart),
  onActor('restart worker', 'workers', [0, 500], stopAndStart),
  onActor('restart api', 'apis', [0, 500], stopAndStart),
  onActor('freeze worker', 'workers', PAST_THE_LOCK_MS, freeze),
  onActor('freeze api', 'apis', [1000, 6000], freeze),
  onRedis('kill redis', [0, 1500], (stage, ms) => stage.killRedis(ms)),
  onRedis('restart redis', [0, 0], (stage) => stage.redis.restart()),
  onRedis('freeze redis', [500, 4000], (stage, ms) => stage.freezeRedis(ms)),
  onRedis('fill redis', [500, 4000], (stage, ms) => stage.fillRedis(ms)),
  onActor(
    'cut link',
    'actors',
    [0, 3000],
    onLink(({ link }) => link.cut(), true),
  ),
  onActor(
    'slow link',
    'actors',
    [2000, 6000],
    onLink(({ link }) => link.delay(100), true),
  ),
  onActor(
    'deaf link',
    'actors',
    [2000, 12_000],
    onLink(({ link }) => link.deafen(), true),
  ),
  onActor(
    'lost connections',
    'actors',
    [0, 0],
    onLink(({ link }) => link.forget(), false),
  ),
]

/** What a process or Redis needs to start again, roughly; nothing else is planned for it before. */
const START_MS = 2000

/** What happens in so many ms, and when: the seed alone decides. */
export function planFaults(stage: Stage, random: Random, withinMs: number): Fault[] {
  const plan: Fault[] = []
  const busyUntil = new Map<string, number>()
  for (let atMs = random.int(500, 2000); atMs < withinMs; atMs += random.int(200, 2000)) {
    const fault = random.pick(MAKERS)(stage, random)
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
