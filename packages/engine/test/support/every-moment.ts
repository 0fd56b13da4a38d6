import type { Engine } from '../../src/engine.ts'
import { DeadProcessError } from './dying-engine.ts'
import { watchQueues } from './watched-queues.ts'
import { watchRedis } from './watched-redis.ts'

/** How an operation ended. */
export type Ending = { kind: 'done' } | { kind: 'failed'; error: unknown } | { kind: 'died' }

/** A race of two operations, of which one is slow. */
export interface Race<Setup> {
  /** Prepares the objects that the operations are about. `name` is unique. */
  prepare: (name: string) => Promise<Setup>
  /** Runs in a process that pauses before one of its commands, and then goes on or dies. */
  slow: (engine: Engine, setup: Setup) => Promise<unknown>
  /** Runs from its beginning to its end during the pause. */
  meanwhile: (setup: Setup) => Promise<unknown>
  /** Checks what must hold afterwards. `moment` is the command before which the pause was, and how it ended. */
  check: (setup: Setup, ends: { slow: Ending; meanwhile: Ending; moment: string }) => Promise<void>
}

/**
 * Runs a race once for each command of the slow process, which pauses before that command: it has a slow link to Redis,
 * or is busy. Runs it again with a slow process that dies at the end of its pause.
 */
export async function raceAtEveryMoment<Setup>(engine: Engine, race: Race<Setup>): Promise<void> {
  for (const end of ['goes on', 'dies'] as const) {
    for (let commands = 0, isOver = false; !isOver; commands += 1) {
      isOver = await runRace(engine, race, new SlowProcess(engine, commands, end === 'dies'), `${commands} ${end}`)
    }
  }
}

/** Returns true if the slow process ended before it reached its pause. */
async function runRace<Setup>(
  engine: Engine,
  { prepare, slow, meanwhile, check }: Race<Setup>,
  process: SlowProcess,
  moment: string,
): Promise<boolean> {
  const setup = await prepare(`race-${moment.replaceAll(' ', '-')}`)
  const slowEnd = endOf(slow(process.engine, setup))
  const isOver = await Promise.race([slowEnd.then(() => true), process.paused.then(() => false)])
  const meanwhileEnd = await endOf(meanwhile(setup))
  process.goOn()
  await check(setup, { slow: await slowEnd, meanwhile: meanwhileEnd, moment })
  return isOver
}

async function endOf(operation: Promise<unknown>): Promise<Ending> {
  try {
    await operation
    return { kind: 'done' }
  } catch (error) {
    return error instanceof DeadProcessError ? { kind: 'died' } : { kind: 'failed', error }
  }
}

/** A process that pauses before one of its commands. */
class SlowProcess {
  readonly engine: Engine
  readonly paused: Promise<void>
  readonly #isMortal: boolean
  readonly #pause = Promise.withResolvers<void>()
  readonly #end = Promise.withResolvers<void>()
  #left: number
  #isDead = false

  constructor(engine: Engine, commands: number, isMortal: boolean) {
    this.#left = commands
    this.#isMortal = isMortal
    this.paused = this.#pause.promise
    const before = () => this.#before()
    const ticketQueues = watchQueues(engine.ticketQueues, before)
    this.engine = { ...engine, ticketQueues, redis: watchRedis(engine.redis, { before }) }
  }

  goOn(): void {
    this.#end.resolve()
  }

  async #before(): Promise<void> {
    this.#left -= 1
    if (this.#left === -1) {
      this.#pause.resolve()
      await this.#end.promise
      this.#isDead = this.#isMortal
    }
    if (this.#isDead) throw new DeadProcessError('this process is dead')
  }
}
