/** What the caller can do about a refusal. Each app maps these kinds to its own surface. */
export type ErrorKind =
  | 'invalid'
  | 'not_found'
  | 'conflict'
  | 'changed'
  | 'late'
  | 'limited'
  | 'overloaded'
  | 'full'
  | 'unavailable'

/**
 * The root of every refusal that Sluice makes on purpose. Its message is written for the caller. Any other error is a bug
 * or an outage, and its message never leaves the process.
 */
export abstract class SluiceError extends Error {
  abstract readonly kind: ErrorKind
  /** Stable and documented in docs/errors.md. Clients branch on it, never on the message. */
  abstract readonly code: `SLUICE_${string}`
  readonly retryAfterMs?: number
  /** Values for programs. They become members of the problem document. */
  readonly details: Record<string, unknown> = {}

  override get name() {
    return this.constructor.name
  }
}
