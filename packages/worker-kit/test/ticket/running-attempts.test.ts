import { afterEach, describe, expect, test, vi } from 'vitest'
import { AttemptAbortedError, AttemptTimeoutError, RunningAttempts } from '../../src/ticket/running-attempts.ts'

describe('running attempts', () => {
  afterEach(() => {
    vi.useRealTimers()
  })

  test('are aborted batch by batch, with the reason', () => {
    const attempts = new RunningAttempts()
    const [one, two, other] = [attempts.add('a'), attempts.add('a'), attempts.add('b')]

    attempts.abortBatch('a', 'the batch was cancelled')

    expect([one, two, other].map(({ signal }) => signal.aborted)).toEqual([true, true, false])
    expect(one.signal.reason).toEqual(new AttemptAbortedError('the batch was cancelled'))
  })

  test('are aborted all together when the worker shuts down', () => {
    const attempts = new RunningAttempts()
    const both = [attempts.add('a'), attempts.add('b')]

    attempts.abortAll('the worker shuts down')

    expect(both.map(({ signal }) => signal.aborted)).toEqual([true, true])
  })

  test('are left alone once they have ended', () => {
    const attempts = new RunningAttempts()
    const ended = attempts.add('a')
    attempts.remove(ended)

    attempts.abortBatch('a', 'the batch was cancelled')

    expect(ended.signal.aborted).toBe(false)
  })

  test('are aborted each at its own time, in whatever order they began', () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] })
    const attempts = new RunningAttempts()
    const startedAt = performance.now()
    const all = [150, 50, Infinity, 100, 50].map((timeoutMs) => attempts.add('a', timeoutMs))
    const ended = attempts.add('a', 10)
    attempts.remove(ended)
    const abortedAt = [49, 50, 99, 100, 149, 150, 60_000].map((ms) => {
      vi.advanceTimersByTime(ms - performance.now() + startedAt)
      return [ms, all.filter(({ signal }) => signal.aborted).map(({ timeoutMs }) => timeoutMs)]
    })

    expect(abortedAt).toEqual([
      [49, []],
      [50, [50, 50]],
      [99, [50, 50]],
      [100, [50, 100, 50]],
      [149, [50, 100, 50]],
      [150, [150, 50, 100, 50]],
      [60_000, [150, 50, 100, 50]],
    ])
    expect(all[1]?.signal.reason).toEqual(new AttemptTimeoutError(50))
    expect(ended.signal.aborted).toBe(false)
    expect(vi.getTimerCount()).toBe(0)

    const later = attempts.add('a', 20)
    vi.advanceTimersByTime(20)
    expect(later.signal.aborted).toBe(true)
  })

  test('tell whoever asks for the signal after the abort', () => {
    const attempts = new RunningAttempts()
    const [before, after] = [attempts.add('a'), attempts.add('a')]
    const { signal } = before

    attempts.abortAll('the worker shuts down')
    attempts.abortAll('a second reason')

    expect([signal, after.signal].map(({ aborted }) => aborted)).toEqual([true, true])
    expect([signal, after.signal].map(({ reason }) => (reason as Error).message)).toEqual([
      'the worker shuts down',
      'the worker shuts down',
    ])
  })

  test('come to what their promise comes to, or to the reason of their abort if that is first', async () => {
    const attempts = new RunningAttempts()
    const [aborted, late] = [attempts.add('a'), attempts.add('a')]
    const hanging = aborted.untilAborted(new Promise(() => {}))
    aborted.abort(new AttemptAbortedError('enough'))
    late.abort(new AttemptAbortedError('too late'))
    late.abort(new AttemptAbortedError('a second reason'))

    await expect(hanging).rejects.toThrow('enough')
    await expect(attempts.add('a').untilAborted(Promise.resolve(7))).resolves.toBe(7)
    await expect(attempts.add('a').untilAborted(Promise.reject(new Error('its own')))).rejects.toThrow('its own')
    await expect(late.untilAborted(new Promise(() => {}))).rejects.toThrow('too late')
    await expect(late.untilAborted(Promise.reject(new Error('its own')))).rejects.toThrow('too late')
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
