import { expect, test } from 'vitest'
import { ReleasePace } from '../src/release-pace.ts'

/** Releases tick by tick, with a fixed time between two releases. */
function release(pace: ReleasePace, from: number, ticks: number, perTick: number, intervalMs: number): number {
  let now = from
  for (let tick = 0; tick < ticks; tick += 1) {
    now += perTick * intervalMs
    pace.note(now, perTick * intervalMs, perTick)
  }
  return now
}

test('the pace is unknown before any release', () => {
  expect(new ReleasePace().intervalMs(0)).toBe(0)
})

test('the first window sets the pace, and later ones change it gradually', () => {
  const pace = new ReleasePace()

  const learnt = release(pace, 0, 10, 2, 5)
  expect(pace.intervalMs(learnt)).toBe(5)

  const slower = release(pace, learnt, 1, 5, 25)
  expect(pace.intervalMs(slower)).toBeCloseTo(5 + 0.3 * 20)
})

test('one slow request does not set the pace', () => {
  const pace = new ReleasePace()

  pace.note(200, 200, 1)

  expect(pace.intervalMs(200)).toBe(0)
})

test('the first window of a queue, in which earlier requests are still in progress, does not lower the pace', () => {
  const pace = new ReleasePace()

  pace.begin()
  const formed = release(pace, 0, 4, 1, 25)
  expect(pace.intervalMs(formed)).toBe(0)
  const learnt = release(pace, formed, 10, 2, 5)
  expect(pace.intervalMs(learnt)).toBe(5)

  pace.begin()
  const again = release(pace, learnt, 4, 1, 25)
  expect(pace.intervalMs(again)).toBe(5)
})

test('ticks without a release count while there is a queue', () => {
  const pace = new ReleasePace()

  const now = release(pace, 0, 5, 2, 5)
  pace.note(now + 50, 50, 0)

  expect(pace.intervalMs(now + 50)).toBe(10)
})

test('a pace that is far too low corrects itself, although it keeps queues short', () => {
  const pace = new ReleasePace()
  let now = release(pace, 0, 4, 1, 500)
  expect(pace.intervalMs(now)).toBe(500)

  for (let queue = 0; queue < 400; queue += 1) {
    pace.begin()
    now = release(pace, now, 1, 2, 1)
  }

  expect(pace.intervalMs(now)).toBeLessThan(5)
})

test('the pace is forgotten after a quiet time', () => {
  const pace = new ReleasePace()
  const now = release(pace, 0, 10, 2, 5)

  expect(pace.intervalMs(now + 9000)).toBe(5)
  expect(pace.intervalMs(now + 11_000)).toBe(0)
})
