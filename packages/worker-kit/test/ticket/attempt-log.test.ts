import { expect, test } from 'vitest'
import type { Logger } from '../../src/handler.ts'
import { AttemptLog } from '../../src/ticket/attempt-log.ts'

const ATTEMPT = { batchId: 'b1', queue: 'calls', seq: 3, key: 'order-17', attempt: 2 }

function logged(write: (log: Logger & Record<string, (...values: never[]) => void>) => void): unknown[] {
  const entries: unknown[] = []
  const at = (level: string) => (fields: object, message: string) => void entries.push([level, fields, message])
  const log = { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') }
  write(new AttemptLog(log, ATTEMPT) as never)
  return entries
}

test('each entry of a handler names its attempt, at every level', () => {
  for (const level of ['debug', 'info', 'warn', 'error'] as const) {
    expect(logged((log) => log[level]({ status: 404 }, 'no order'))).toEqual([
      [level, { ...ATTEMPT, status: 404 }, 'no order'],
    ])
  }
})

test('a handler may log a text alone, or an error, as pino allows', () => {
  const error = new Error('no route')

  expect(logged((log) => log.warn('slow' as never, undefined as never))).toEqual([['warn', ATTEMPT, 'slow']])
  expect(logged((log) => log.error(error, undefined as never))).toEqual([
    ['error', { ...ATTEMPT, err: error }, 'no route'],
  ])
})
