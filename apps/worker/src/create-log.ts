import { pino, type Logger } from 'pino'
import pretty from 'pino-pretty'

/**
 * Creates the log on standard output: JSON lines, or readable lines on a terminal. It writes at once, so that the last
 * entry before an exit is not lost.
 */
export function createLog(level: string, isTerminal: boolean): Logger {
  const options = { name: 'sluice-worker', level }
  return isTerminal
    ? pino(options, pretty({ ignore: 'pid,hostname', translateTime: 'HH:MM:ss', sync: true }))
    : pino(options)
}
