import type { Handlers } from '@sluice/worker-kit'
import { setTimeout as sleep } from 'node:timers/promises'

/** What a task of this benchmark does. */
export interface RecoveryPayload {
  /** How long the task takes, in ms. */
  takesMs: number
}

/** When the attempt that completed the task began, in ms since the epoch. All processes of a machine share this clock. */
export interface RecoveryResult {
  startedAt: number
}

async function wait(payload: unknown): Promise<RecoveryResult> {
  const startedAt = Date.now()
  await sleep((payload as RecoveryPayload).takesMs)
  return { startedAt }
}

/** Computes without a pause, so that its process does nothing else. */
function block(payload: unknown): RecoveryResult {
  const startedAt = Date.now()
  while (Date.now() - startedAt < (payload as RecoveryPayload).takesMs);
  return { startedAt }
}

export default { wait, block } satisfies Handlers
