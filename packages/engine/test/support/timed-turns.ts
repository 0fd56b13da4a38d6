import { createHash } from 'node:crypto'
import type { Redis } from 'ioredis'
import type { RedisConnection } from '../../src/connect-redis.ts'
import type { BatchKeys } from '../../src/keys.ts'
import { takeTurnsScript, type PaceChange, type Turn, type TurnReply } from '../../src/scripts/take-turns.ts'

const CLOCK = 'return time[1] * 1000 + math.floor(time[2] / 1000)'

/** Takes a turn at a time, in ms. */
export type TakeTimedTurn = (
  now: number,
  turn: Turn,
) => Promise<{ reply: TurnReply; paceChange?: PaceChange | undefined }>

/** Returns a function that takes turns of a batch on a real Redis with a replaced clock. */
export async function timedTurns(redis: Redis, keys: BatchKeys): Promise<TakeTimedTurn> {
  const { source } = takeTurnsScript
  if (!source.includes(CLOCK)) throw new Error('take-turns reads another clock')
  const timed = source.replace(CLOCK, 'return tonumber(table.remove(ARGV))')
  await redis.script('LOAD', timed)
  const sha1 = createHash('sha1').update(timed).digest('hex')
  return async (now, turn) => {
    const evalsha = (_sha1: string, count: number, ...operands: string[]) =>
      redis.evalsha(sha1, count, ...operands, now)
    const reply = await takeTurnsScript.run({ evalsha } as unknown as RedisConnection, keys, {
      turns: [turn],
      types: ['http'],
      signals: 'signals',
    })
    if (reply.kind === 'missing' || !reply.replies[0]) throw new Error('the batch is missing')
    return { reply: reply.replies[0], paceChange: reply.paceChange }
  }
}
