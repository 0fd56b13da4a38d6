import type { RedisConnection } from '../connect-redis.ts'
import type { LimitKeys } from '../keys.ts'
import { defineScript } from './define-script.ts'

/** `passed`: the upstream took the call. `unknown`: it never got there. */
export type ProbeResult = 'passed' | 'unknown'

export const endProbeScript = defineScript('end-probe', { keys: ['config', 'ledger'], args: ['result', 'epoch'] })

/** Says what became of a probe. */
export async function endProbeOf(
  redis: RedisConnection,
  keys: LimitKeys,
  probe: { result: ProbeResult; epoch: number },
): Promise<void> {
  await endProbeScript.run(redis, keys, probe)
}
