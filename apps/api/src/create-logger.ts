import { type Logger, pino, stdSerializers } from 'pino'
import pretty from 'pino-pretty'

/**
 * Creates the logger of the process. It writes to standard output: JSON, or readable lines if that is a terminal. It
 * writes at once, so that the last entry before an exit is not lost.
 */
export function createLogger(level: string, isTerminal: boolean): Logger {
  const options = { level, name: 'sluice-api', serializers: { err: describeForLog } }
  return isTerminal ? pino(options, pretty({ ignore: 'pid,hostname', sync: true })) : pino(options)
}

/**
 * An error as the log shows it. Errors of Redis carry the command with all its arguments: payloads, up to a megabyte of
 * them. The log shows only the name of the command.
 */
export function describeForLog(error: Error): object {
  const { command, ...description } = stdSerializers.err(error) as Record<string, unknown>
  const name = (command as { name?: unknown } | undefined)?.name
  return name === undefined ? description : { ...description, command: name }
}
