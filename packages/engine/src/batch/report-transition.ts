import type { Engine } from '../engine.ts'
import { transitionsBetween, type ScriptTransition } from '../model/transition.ts'

/**
 * Reports that a script call of this process changed the state of a batch. Call this before anything else can fail: a
 * repeat of the call finds the state changed, and no other process learns of it.
 */
export function reportTransition(
  { onTransition }: Pick<Engine, 'onTransition'>,
  batchId: string,
  change: ScriptTransition | undefined,
): void {
  if (change === undefined || onTransition === undefined) return
  const { from, to, ...rest } = change
  for (const transition of transitionsBetween({ from, to })) onTransition({ batchId, transition, ...rest })
}
