import type { Engine } from '../../src/engine.ts'
import { watchRedis } from './watched-redis.ts'

/** What a process that died would have sent next. */
export class DeadProcessError extends Error {}

/**
 * The engine of a process that dies when it has sent so many commands: nothing that it would send after them, to put
 * things right or to say that it failed, is sent either. What goes to BullMQ counts as one command.
 */
export function dyingEngine(engine: Engine, commands: number): Engine {
  let left = commands
  const before = () => {
    if (left === 0) throw new DeadProcessError('this process is dead')
    left -= 1
  }
  const ticketQueues = {
    ...engine.ticketQueues,
    open: (name: string) => {
      before()
      return engine.ticketQueues.open(name)
    },
  }
  const maintenanceQueue = {
    ...engine.maintenanceQueue,
    open: () => {
      before()
      return engine.maintenanceQueue.open()
    },
  }
  return { ...engine, ticketQueues, maintenanceQueue, redis: watchRedis(engine.redis, { before }) }
}
