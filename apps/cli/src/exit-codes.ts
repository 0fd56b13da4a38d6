import { ApiError, BatchInterruptedError, ConnectionError } from '@sluice/client'

/** What each exit code means. `sluice help exit-codes` shows them. */
export const EXIT_CODES = {
  0: 'done, and the batch is as wanted',
  1: 'error',
  2: 'wrong usage, or an input file that cannot be used',
  3: 'not found, or in conflict with what exists',
  4: 'no valid API key, or a missing permission',
  5: 'the batch was interrupted',
  6: 'the batch ended with failed tasks (--fail-on none: this is 0)',
  7: 'the API cannot be reached, or is overloaded',
  8: 'the batch still runs, and --timeout has passed',
  130: 'Ctrl-C; the batch runs on',
} as const

export type ExitCode = keyof typeof EXIT_CODES

/** An end of the command with an exit code of its own. An empty message prints nothing. */
export class CommandError extends Error {
  override readonly name = 'CommandError'
  readonly exitCode: ExitCode

  constructor(message: string, exitCode: ExitCode) {
    super(message)
    this.exitCode = exitCode
  }
}

/** A wrong argument, or an input that cannot be used. */
export class UsageError extends CommandError {
  constructor(message: string) {
    super(message, 2)
  }
}

/** The exit code that an error calls for. */
export function exitCodeOf(error: unknown): ExitCode {
  if (error instanceof CommandError) return error.exitCode
  if (error instanceof BatchInterruptedError) return 5
  if (error instanceof ConnectionError) return 7
  return error instanceof ApiError ? exitCodeOfStatus(error.status) : 1
}

/** The exit code for an answer that is no success. */
export function exitCodeOfStatus(status: number): ExitCode {
  if ([404, 409, 412].includes(status)) return 3
  if ([401, 403].includes(status)) return 4
  return [429, 502, 503, 504].includes(status) ? 7 : 1
}
