import type { BatchState } from './batch.ts'

/** How a batch changed: it got another state, or was deleted. `retried`: it was completed and is active again. */
export type TransitionName = 'interrupted' | 'completed' | 'cancelled' | 'resumed' | 'retried' | 'deleted'

/** One change of the state of a batch, or its deletion. */
export interface BatchTransition {
  batchId: string
  transition: TransitionName
  /** The code of the batch. */
  code: string
  queue: string
  /** If it was interrupted: a reason from `docs/interruption.md`, or the one that the client gave. */
  reason?: string
  /** If it was interrupted: a sentence with the value and the threshold. */
  message?: string
  /** The value that met the threshold. Absent if no criterion interrupted the batch. */
  value?: number | string
  threshold?: number | string
}

/** The JSON that `transition_of` in `lua/lib/batch.lua` writes. */
export interface ScriptTransition extends Omit<BatchTransition, 'batchId' | 'transition'> {
  from: BatchState
  to: BatchState | 'deleted'
}

/** Decodes what a script replies about a change of the state. Undefined: the call changed none. */
export function decodeTransition(text: unknown): ScriptTransition | undefined {
  return text === '' ? undefined : (JSON.parse(String(text)) as ScriptTransition)
}

/** Names what has happened, in order: the resumption of a batch without an unfinished task completes it. */
export function transitionsBetween({ from, to }: Pick<ScriptTransition, 'from' | 'to'>): TransitionName[] {
  if (to === 'active') return [from === 'interrupted' ? 'resumed' : 'retried']
  return from === 'interrupted' && to === 'completed' ? ['resumed', 'completed'] : [to]
}

/**
 * The labels by which metrics count a transition. Only an interruption has a reason: the criterion, or `manual` for all
 * reasons of clients, since they can be any words.
 */
export function transitionLabels({ transition, reason, threshold }: BatchTransition): {
  transition: TransitionName
  reason?: string
} {
  if (reason === undefined) return { transition }
  return { transition, reason: threshold === undefined ? 'manual' : reason }
}
