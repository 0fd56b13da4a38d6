import type { Engine } from '../engine.ts'
import { CodeTakenError } from '../errors.ts'

/** Throws `CodeTakenError` if a batch already has the code. */
export async function refuseUsedCode({ redis, keys }: Engine, code: string): Promise<void> {
  const owner = await redis.hget(keys.codes, code)
  if (owner) throw new CodeTakenError(code, owner)
}

/** Assigns a code to a batch. Throws `CodeTakenError` if another batch claimed it first. */
export async function claimCode(engine: Engine, code: string, batchId: string): Promise<void> {
  const isClaimed = await engine.redis.hsetnx(engine.keys.codes, code, batchId)
  if (!isClaimed) await refuseUsedCode(engine, code)
}

/** Releases a code if it belongs to this batch. */
export async function releaseCode({ redis, keys }: Engine, code: string, batchId: string): Promise<void> {
  if ((await redis.hget(keys.codes, code)) === batchId) await redis.hdel(keys.codes, code)
}
