import { expect, test } from 'vitest'
import type { Logger } from '../src/handler.ts'
import { persistently } from '../src/persistently.ts'

test('a step is repeated with growing delays until it succeeds, and each failure is logged', async () => {
  const warnings: [object, string][] = []
  const log: Logger = {
    debug() {},
    info() {},
    warn: (fields, message) => void warnings.push([fields, message]),
    error() {},
  }
  const startedAt = performance.now()
  const failures = [new Error('OOM'), new Error('LOADING')]

  const result = await persistently('the turn', log, () => {
    const failure = failures[warnings.length]
    return failure ? Promise.reject(failure) : Promise.resolve('done')
  })

  expect(result).toBe('done')
  expect(warnings).toEqual([
    [{ err: failures[0], retryInMs: 100 }, 'the turn failed; retrying'],
    [{ err: failures[1], retryInMs: 200 }, 'the turn failed; retrying'],
  ])
  expect(performance.now() - startedAt).toBeGreaterThan(290)
})
