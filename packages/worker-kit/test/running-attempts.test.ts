import { describe, expect, test } from 'vitest'
import { AttemptAbortedError, RunningAttempts } from '../src/running-attempts.ts'

describe('running attempts', () => {
  test('are aborted batch by batch, with the reason', () => {
    const attempts = new RunningAttempts()
    const [one, two, other] = [attempts.add('a'), attempts.add('a'), attempts.add('b')]

    attempts.abortBatch('a', 'the batch was cancelled')

    expect([one, two, other].map(({ signal }) => signal.aborted)).toEqual([true, true, false])
    expect(one.signal.reason).toEqual(new AttemptAbortedError('the batch was cancelled'))
  })

  test('are aborted all together when the worker shuts down', () => {
    const attempts = new RunningAttempts()
    const controllers = [attempts.add('a'), attempts.add('b')]

    attempts.abortAll('the worker shuts down')

    expect(controllers.map(({ signal }) => signal.aborted)).toEqual([true, true])
  })

  test('are left alone once they have ended', () => {
    const attempts = new RunningAttempts()
    const ended = attempts.add('a')
    attempts.remove(ended)

    attempts.abortBatch('a', 'the batch was cancelled')

    expect(ended.signal.aborted).toBe(false)
  })

  test('are counted', () => {
    const attempts = new RunningAttempts()
    const first = attempts.add('a')
    attempts.add('b')
    expect(attempts.count).toBe(2)

    attempts.remove(first)
    attempts.remove(first)

    expect(attempts.count).toBe(1)
  })
})
