import { format } from 'node:util'

/** A log, in the shape of pino. */
export interface OutputLog {
  debug(fields: object, message: string): void
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
  error(fields: object, message: string): void
}

/** The parts of Node whose output becomes entries. */
export interface OutputSource {
  console: Pick<Console, 'debug' | 'info' | 'log' | 'warn' | 'error'>
  process: {
    removeAllListeners(event: 'warning'): unknown
    on(event: 'warning', listener: (warning: Error) => void): unknown
  }
}

/** The level of what each method of a console prints. */
const LEVELS = { debug: 'debug', log: 'info', info: 'info', warn: 'warn', error: 'error' } as const

/**
 * Makes entries of a log of what libraries and handlers print with `console`, and of Node's warnings, so that everything
 * that a process writes has one format.
 *
 * @param isReported whether the process reports what a text says by itself, so that the text is left out.
 */
export function logOutput(
  log: OutputLog,
  { console, process }: OutputSource,
  isReported: (text: string) => boolean = () => false,
): void {
  for (const [method, level] of Object.entries(LEVELS) as [keyof typeof LEVELS, keyof OutputLog][]) {
    console[method] = (...printed: unknown[]) => {
      const text = format(...printed)
      if (!isReported(text)) log[level]({ source: 'console' }, text)
    }
  }
  // Node's own listener prints them.
  process.removeAllListeners('warning')
  process.on('warning', (warning) => log.warn({ err: warning, source: 'node' }, `${warning.name}: ${warning.message}`))
}
