import type { Batch, Sluice } from '@sluice/client'
import { CommandError } from './exit-codes.ts'
import { createProgress } from './output/progress.ts'
import { duration } from './output/words.ts'

/** How to wait for a batch. */
export interface WaitSettings {
  isQuiet: boolean
  /** Time to wait, in ms. Default: any. */
  timeoutMs?: number | undefined
  /** `any`: failed tasks are a failure of the command. */
  failOn: 'any' | 'none'
  /** Whether Ctrl-C also cancels the batch. */
  cancelsOnInterrupt?: boolean | undefined
  /** Aborted by Ctrl-C. */
  signal: AbortSignal
  /** Receives each snapshot. */
  onSnapshot?: ((batch: Batch) => Promise<void>) | undefined
}

/**
 * Shows the progress of a batch until it is finished or interrupted, and returns it. Throws a `CommandError` with the exit
 * code for Ctrl-C and for a time that is over.
 */
export async function follow(sluice: Sluice, id: string, settings: WaitSettings): Promise<Batch> {
  const { isQuiet, timeoutMs, signal, onSnapshot } = settings
  const late = timeoutMs === undefined ? undefined : AbortSignal.timeout(timeoutMs)
  const progress = await createProgress(isQuiet)
  try {
    let last: Batch | undefined
    for await (const batch of sluice.batches.watch(id, {
      signal: AbortSignal.any([signal, ...(late ? [late] : [])]),
    })) {
      progress.show(batch)
      await onSnapshot?.(batch)
      last = batch
      if (batch.state === 'interrupted') return batch
    }
    return last ?? (await sluice.batches.get(id))
  } catch (error) {
    if (signal.aborted) throw await interrupted(sluice, id, settings)
    if (late?.aborted)
      throw new CommandError(`The batch still runs after ${duration(timeoutMs ?? 0)}.\n${howToReturn(id)}`, 8)
    throw error
  } finally {
    progress.end()
  }
}

async function interrupted(sluice: Sluice, id: string, { cancelsOnInterrupt }: WaitSettings): Promise<CommandError> {
  if (!cancelsOnInterrupt) return new CommandError(`The batch runs on.\n${howToReturn(id)}`, 130)
  await sluice.batches.cancel(id)
  return new CommandError('The batch was cancelled.', 130)
}

function howToReturn(id: string): string {
  return `Follow it with: sluice batch watch ${id}`
}

/** Throws unless the batch ended as wanted. */
export function requireSuccess({ id, state, counts, lastInterruption }: Batch, failOn: 'any' | 'none'): void {
  if (state === 'interrupted') {
    const why = lastInterruption?.message ?? 'The batch was interrupted.'
    throw new CommandError(`${why}\nResume it with: sluice batch resume ${id}`, 5)
  }
  if (state === 'cancelled' && failOn === 'any') throw new CommandError('The batch was cancelled.', 6)
  if (counts.failed > 0 && failOn === 'any') {
    throw new CommandError(
      `${counts.failed} of ${counts.total} tasks failed.\nSee why with: sluice batch report ${id}\n` +
        `Run them again with: sluice batch retry ${id}`,
      6,
    )
  }
}
