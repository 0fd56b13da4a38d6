import type { HandlerContext, Logger } from '../handler.ts'

/** What each entry of an attempt names: pino would create a whole logger for it, and few handlers log. */
type AttemptFields = Pick<HandlerContext, 'batchId' | 'queue' | 'seq' | 'key' | 'attempt'>

/** The log of one attempt. It adds to each entry which attempt wrote it. */
export class AttemptLog implements Logger {
  readonly #log: Logger
  readonly #fields: AttemptFields

  constructor(log: Logger, { batchId, queue, seq, key, attempt }: AttemptFields) {
    this.#log = log
    this.#fields = { batchId, queue, seq, key, attempt }
  }

  debug(fields: object | string, message?: string): void {
    this.#write('debug', fields, message)
  }

  info(fields: object | string, message?: string): void {
    this.#write('info', fields, message)
  }

  warn(fields: object | string, message?: string): void {
    this.#write('warn', fields, message)
  }

  error(fields: object | string, message?: string): void {
    this.#write('error', fields, message)
  }

  /** Handlers in JavaScript may pass what pino accepts: a text alone, or an error in place of fields. */
  #write(level: keyof Logger, fields: object | string, message: string | undefined): void {
    if (typeof fields === 'string') return this.#log[level](this.#fields, fields)
    if (fields instanceof Error) return this.#log[level]({ ...this.#fields, err: fields }, message ?? fields.message)
    this.#log[level]({ ...this.#fields, ...fields }, message ?? '')
  }
}
