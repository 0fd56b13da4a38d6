import type { Engine } from '../engine.ts'
import { CodeTakenError } from '../errors.ts'

/** Throws `CodeTakenError` if a batch already has the code. Publication decides; this refuses earlier. */
export async function refuseUsedCode({ redis, keys }: Engine, code: string): Promise<void> {
  const owner = await redis.hget(keys.codes, code)
  if (owner) throw new CodeTakenError(code, owner)
}
