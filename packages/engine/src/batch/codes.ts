import type { Engine } from '../engine.ts'
import { CodeTakenError } from '../errors.ts'

/** Finds the batch of a tenant that has a code. */
export async function findBatchWithCode(
  { redis, keys }: Engine,
  tenant: string,
  code: string,
): Promise<string | undefined> {
  return (await redis.hget(keys.codes, `${tenant}/${code}`)) ?? undefined
}

/** Throws `CodeTakenError` if a batch of the tenant already has the code. Publication decides; this refuses earlier. */
export async function refuseUsedCode(engine: Engine, tenant: string, code: string): Promise<void> {
  const owner = await findBatchWithCode(engine, tenant, code)
  if (owner !== undefined) throw new CodeTakenError(code, owner)
}
