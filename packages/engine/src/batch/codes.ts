import type { Engine } from '../engine.ts'
import { CodeTakenError } from '../errors.ts'

/** Throws `CodeTakenError` for a code that a batch has. */
export async function refuseUsedCode({ redis, keys }: Engine, code: string): Promise<void> {
  const owner = await redis.hget(keys.codes, code)
  if (owner) throw new CodeTakenError(code, owner)
}

/** Makes a code that of a batch. Throws `CodeTakenError` when another was first. */
export async function claimCode(engine: Engine, code: string, batchId: string): Promise<void> {
  const isClaimed = await engine.redis.hsetnx(engine.keys.codes, code, batchId)
  if (!isClaimed) await refuseUsedCode(engine, code)
}

/** Makes a code free again, if it is that of this batch. */
export async function releaseCode({ redis, keys }: Engine, code: string, batchId: string): Promise<void> {
  if ((await redis.hget(keys.codes, code)) === batchId) await redis.hdel(keys.codes, code)
}
