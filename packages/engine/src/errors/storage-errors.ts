import { SluiceError } from './sluice-error.ts'

/** Redis has nearly used its `maxmemory`. Intake stops so that accepted tasks can still finish. */
export class StorageFullError extends SluiceError {
  readonly kind = 'full'
  readonly code = 'SLUICE_STORAGE_FULL'
  override readonly retryAfterMs = 10_000

  constructor(usedBytes: number, maxBytes: number) {
    const percent = Math.round((usedBytes / maxBytes) * 100)
    super(
      `Redis uses ${percent}% of its maxmemory (${usedBytes} of ${maxBytes} bytes). New tasks are rejected above 90%.`,
    )
  }
}

/** A script returned a reply that its wrapper does not know: a bug, or a process of another version. */
export class UnexpectedReplyError extends Error {
  override readonly name = 'UnexpectedReplyError'

  constructor(script: string, reply: unknown) {
    super(`Script ${script} returned an unexpected reply: ${JSON.stringify(reply)?.slice(0, 200)}.`)
  }
}
