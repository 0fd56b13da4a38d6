import { ApiError, ConnectionError } from '@sluice/client'
import { CommanderError } from 'commander'
import { exitCodeOf } from './exit-codes.ts'

/** A reader that closes the pipe, such as `head`, has seen enough. A failure that is known already keeps its code. */
export function endQuietlyWithPipe(host: NodeJS.Process): void {
  for (const stream of [host.stdout, host.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EPIPE') host.exit(host.exitCode ?? 0)
      if (stream === host.stdout) host.stderr.write(`sluice: stdout cannot be written (${error.code}).\n`)
      host.exit(1)
    })
  }
}

/** Says what went wrong on stderr, and ends the process with the exit code for it. */
export async function exitWith(error: unknown, { stderr, argv }: NodeJS.Process): Promise<void> {
  // Help and wrong options: commander has said all.
  if (error instanceof CommanderError) return end(error.exitCode === 0 ? 0 : 2)
  const text = argv.includes('--json') && error instanceof ApiError ? JSON.stringify(error.problem) : describe(error)
  if (text !== '') stderr.write(`${text}\n`)
  end(exitCodeOf(error))
}

/** Lets what was written arrive, instead of ending at once. */
function end(code: number): void {
  process.exitCode = code
}

function describe(error: unknown): string {
  if (error instanceof ConnectionError) return `sluice: ${error.message}${causeOf(error)}\n${hintOf(error)}`
  if (error instanceof ApiError) return `sluice: ${error.message}${idOf(error)}`
  if (!(error instanceof Error)) return `sluice: ${String(error)}`
  return error.message === '' ? '' : `sluice: ${error.message}`
}

function causeOf({ cause }: ConnectionError): string {
  const deeper = cause instanceof Error ? (cause.cause ?? cause) : undefined
  const says = (deeper as NodeJS.ErrnoException | undefined)?.code
  return says === undefined ? '' : ` (${says})`
}

function hintOf(error: ConnectionError): string {
  return error.name === 'ConnectionError'
    ? 'Set --server or SLUICE_URL to its address, such as http://localhost:3000.'
    : ''
}

function idOf({ status, requestId }: ApiError): string {
  return status >= 500 && requestId !== '' ? ` (request ${requestId})` : ''
}
