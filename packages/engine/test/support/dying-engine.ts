import type { Engine } from '../../src/engine.ts'
import { watchRedis } from './watched-redis.ts'

/** Thrown in place of each command that a dead process would have sent. */
export class DeadProcessError extends Error {}

/**
 * Returns the engine of a process that dies after `commands` commands. It sends no further command, not even to clean
 * up or to report the failure. Opening a BullMQ queue counts as one command.
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
  const detectionQueue = {
    ...engine.detectionQueue,
    open: () => {
      before()
      return engine.detectionQueue.open()
    },
  }
  return { ...engine, ticketQueues, maintenanceQueue, detectionQueue, redis: watchRedis(engine.redis, { before }) }
}
