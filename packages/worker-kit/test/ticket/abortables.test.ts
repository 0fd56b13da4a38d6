import { afterEach, describe, expect, test, vi } from 'vitest'
import { AttemptAbortedError, AttemptTimeoutError, Abortables, type Abortable } from '../../src/ticket/abortables.ts'

describe('abortables', () => {
  afterEach(() => {
    vi.useRealTimers()
  })

  test('are aborted by batch, with the reason', () => {
    const abortables = new Abortables()
    const [one, two, other] = [abortables.add('a'), abortables.add('a'), abortables.add('b')]

    abortables.abortBatch('a', 'The batch was stopped.')

    expect([one, two, other].map(({ signal }) => signal.aborted)).toEqual([true, true, false])
    expect(one.signal.reason).toEqual(new AttemptAbortedError('The batch was stopped.'))
  })

  test('are aborted all together when the worker stops', () => {
    const abortables = new Abortables()
    const both = [abortables.add('a'), abortables.add('b')]

    abortables.abortAll('The worker is stopping.')

    expect(both.map(({ signal }) => signal.aborted)).toEqual([true, true])
  })

  test('are not aborted once they have been removed', () => {
    const abortables = new Abortables()
    const ended = abortables.add('a')
    abortables.remove(ended)

    abortables.abortBatch('a', 'The batch was stopped.')

    expect(ended.signal.aborted).toBe(false)
  })

  test('are aborted each at its own timeout, in whatever order they were added', () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] })
    const abortables = new Abortables()
    const startedAt = performance.now()
    const all = [150, 50, Infinity, 100, 50].map((timeoutMs) => abortables.add('a', timeoutMs))
    const ended = abortables.add('a', 10)
    abortables.remove(ended)
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

    const later = abortables.add('a', 20)
    vi.advanceTimersByTime(20)
    expect(later.signal.aborted).toBe(true)
  })

  test('keep the first reason, also in a signal that is read after the abort', () => {
    const abortables = new Abortables()
    const [before, after] = [abortables.add('a'), abortables.add('a')]
    const { signal } = before

    abortables.abortAll('The worker is stopping.')
    abortables.abortAll('a second reason')

    expect([signal, after.signal].map(({ aborted }) => aborted)).toEqual([true, true])
    expect([signal, after.signal].map(({ reason }) => (reason as Error).message)).toEqual([
      'The worker is stopping.',
      'The worker is stopping.',
    ])
  })

  test('settle as their promise does, or fail with the reason of an abort that comes first', async () => {
    const abortables = new Abortables()
    const [aborted, late] = [abortables.add('a'), abortables.add('a')]
    const settle = (abortable: Abortable, promise: Promise<unknown>) =>
      new Promise((resolve, reject) => abortable.settle(promise, resolve, reject))
    const hanging = settle(aborted, new Promise(() => {}))
    aborted.abort(new AttemptAbortedError('enough'))
    late.abort(new AttemptAbortedError('too late'))
    late.abort(new AttemptAbortedError('a second reason'))

    await expect(hanging).rejects.toThrow('enough')
    await expect(settle(abortables.add('a'), Promise.resolve(7))).resolves.toBe(7)
    await expect(settle(abortables.add('a'), Promise.reject(new Error('its own')))).rejects.toThrow('its own')
    await expect(settle(late, new Promise(() => {}))).rejects.toThrow('too late')
    await expect(settle(late, Promise.reject(new Error('its own')))).rejects.toThrow('too late')
  })

  test('call one function once, also if the promise settles after the abort', async () => {
    const abortable = new Abortables().add('a')
    const { promise, resolve } = Promise.withResolvers<number>()
    const called: unknown[] = []
    abortable.settle(
      promise,
      (result) => called.push(result),
      (error) => called.push((error as Error).message),
    )

    abortable.abort(new AttemptAbortedError('enough'))
    resolve(7)
    await promise

    expect(called).toEqual(['enough'])
  })

  test('notify each listener of the abort once, and none that has left', () => {
    const abortable = new Abortables().add('a')
    const notified: string[] = []
    const listeners = ['first', 'left', 'second'].map((name) => ({
      onAbort: (reason: unknown) => notified.push(`${name}: ${(reason as Error).message}`),
    }))
    for (const listener of listeners) abortable.listen(listener)
    for (const listener of listeners.slice(1, 2)) abortable.unlisten(listener)

    abortable.abort(new AttemptAbortedError('enough'))
    abortable.abort(new AttemptAbortedError('a second reason'))

    expect(notified).toEqual(['first: enough', 'second: enough'])
  })

  test('are counted', () => {
    const abortables = new Abortables()
    const first = abortables.add('a')
    abortables.add('b')
    expect(abortables.count).toBe(2)

    abortables.remove(first)
    abortables.remove(first)

    expect(abortables.count).toBe(1)
  })
})
