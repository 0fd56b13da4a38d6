import { type Logger, pino, stdSerializers } from 'pino'
import pretty from 'pino-pretty'

/** The log of the process on standard output: JSON, or lines for people when that is a terminal. */
export function createLog(level: string, isTerminal: boolean): Logger {
  const options = { level, name: 'sluice-api', serializers: { err: describeForLog } }
  return isTerminal ? pino(options, pretty({ ignore: 'pid,hostname' })) : pino(options)
}

/** Errors of Redis carry the command with all its arguments: payloads, and a megabyte of them. Its name has to do. */
export function describeForLog(error: Error): object {
  const { command, ...description } = stdSerializers.err(error) as Record<string, unknown>
  const name = (command as { name?: unknown } | undefined)?.name
  return name === undefined ? description : { ...description, command: name }
}
