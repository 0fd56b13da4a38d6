import type { Engine } from '../engine.ts'
import { LimitInUseError, LimitNotFoundError } from '../errors.ts'
import { deleteLimitScript } from '../scripts/delete-limit.ts'
import { dropLimitScript } from '../scripts/drop-limit.ts'

/**
 * Deletes a limit. Throws `LimitNotFoundError`, and `LimitInUseError` while a queue is under it.
 *
 * One step decides, in the hash slot in which queues are put under limits. A limit that is in use is never touched. If
 * this process dies after the decision, the reconciler drops the ledger.
 */
export async function deleteLimit(engine: Engine, name: string): Promise<void> {
  const { redis, keys } = engine
  const { limits, limited, version, deletedLimits: deleted } = keys
  const reply = await deleteLimitScript.run(redis, { limits, limited, version, deleted }, { name })
  if (reply.kind === 'missing') throw new LimitNotFoundError(name)
  if (reply.kind === 'in_use') throw new LimitInUseError(name, reply.queue)
  await dropLimitScript.run(redis, keys.limit(name), { version: reply.version })
}
