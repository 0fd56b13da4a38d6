import { pino, type Logger } from 'pino'
import pretty from 'pino-pretty'

/** JSON lines; on a terminal, lines for people. */
export function createLogger(name: string, level: string, isTerminal: boolean): Logger {
  const options = { name, level }
  return isTerminal ? pino(options, pretty({ ignore: 'pid,hostname', translateTime: 'HH:MM:ss' })) : pino(options)
}
