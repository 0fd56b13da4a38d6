import { setImmediate } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { Admissions } from '../../src/limit/admissions.ts'

const never = new AbortController().signal
const AT_ONCE = { granted: 0, refused: 0, lastStartsInUs: 0 }

/** Asks for admissions until one is refused, and returns how many there were. */
function admitAll(admissions: Admissions): number {
  let count = 0
  while (admissions.tryAdmit()) count += 1
  return count
}

test('the window grows by what was granted while permits start at once', () => {
  const admissions = new Admissions()
  const first = admitAll(admissions)

  admissions.learn({ ...AT_ONCE, granted: first })
  for (let i = 0; i < first; i += 1) admissions.leave()

  expect(admitAll(admissions)).toBe(2 * first)
})

test('the window halves when a task is refused, and leaves room for two', () => {
  const admissions = new Admissions()
  for (let i = 0; i < 10; i += 1) admissions.learn({ ...AT_ONCE, refused: 1 })
  expect(admitAll(admissions)).toBe(2)
})

test('the window does not grow while permits start late: the limit has no room', () => {
  const admissions = new Admissions()
  const first = admitAll(admissions)
  admissions.learn({ granted: first, refused: 0, lastStartsInUs: 900_000 })
  expect(admitAll(admissions)).toBe(0)
})

test('parked tickets are admitted together once half of the window is empty, first come, first served', async () => {
  const admissions = new Admissions()
  const window = admitAll(admissions)
  const admitted: number[] = []
  for (const ticket of [1, 2]) void admissions.admit('a', never).then(() => admitted.push(ticket))

  for (let i = 1; i < window / 2; i += 1) admissions.leave()
  await setImmediate()
  expect(admitted).toEqual([])
  admissions.leave()
  await setImmediate()

  expect(admitted).toEqual([1, 2])
})

test('nothing is admitted while refused tasks wait for their time', async () => {
  const admissions = new Admissions()
  admissions.isClosed = true
  const parked = admissions.admit('a', never)
  expect(admissions.tryAdmit()).toBe(false)

  admissions.isClosed = false

  expect(await parked).toBe(true)
})

test('an aborted ticket leaves the line, and its place goes to the next one', async () => {
  const admissions = new Admissions()
  admissions.isClosed = true
  const stop = new AbortController()
  const aborted = admissions.admit('a', stop.signal)
  const next = admissions.admit('a', never)

  stop.abort()
  expect(await aborted).toBe(false)
  admissions.learn({ ...AT_ONCE, refused: 1 })
  admissions.learn({ ...AT_ONCE, refused: 1 })
  admissions.isClosed = false

  expect(await next).toBe(true)
  expect(admitAll(admissions)).toBe(1)
})

test('a ticket that has run a task is admitted again before parked ones of its batch, while refused tasks wait', () => {
  const admissions = new Admissions()
  const window = admitAll(admissions)
  void admissions.admit('a', never)
  admissions.isClosed = true
  for (let i = 0; i < window / 2; i += 1) admissions.leave()

  const isAdmitted = admissions.tryAdmitAgain('a')

  expect(isAdmitted).toBe(true)
})

test('a ticket that has run a task is not admitted before a parked one of another batch', () => {
  const admissions = new Admissions()
  const window = admitAll(admissions)
  void admissions.admit('b', never)
  admissions.isClosed = true
  for (let i = 0; i < window; i += 1) admissions.leave()

  expect(admissions.tryAdmitAgain('a')).toBe(false)
})

test('batches take turns, however many tickets each of them has parked', async () => {
  const admissions = new Admissions()
  const window = admitAll(admissions)
  const admitted: string[] = []
  for (const batch of ['a', 'a', 'a', 'b']) void admissions.admit(batch, never).then(() => admitted.push(batch))

  for (let i = 0; i < window; i += 1) admissions.leave()
  await setImmediate()

  expect(admitted).toEqual(['a', 'b', 'a', 'a'])
})

test('a ticket that has run a task is not admitted beyond the window', () => {
  const admissions = new Admissions()
  admitAll(admissions)
  expect(admissions.tryAdmitAgain('a')).toBe(false)
})

test('turns linger while permits start later, and never when the limit is out of reach', () => {
  const admissions = new Admissions()
  admissions.learn({ granted: 4, refused: 0, lastStartsInUs: 40_000 })
  expect(admissions.lingerMs).toBe(5)
  admissions.learn({ granted: 4, refused: 0, lastStartsInUs: 1_000_000 })
  expect(admissions.lingerMs).toBe(10)

  admissions.learn({ granted: 4, refused: 0, lastStartsInUs: 0 })

  expect(admissions.lingerMs).toBe(0)
})

test('a limit is scarce while it refuses tasks or has them wait', () => {
  const admissions = new Admissions()
  expect(admissions.isScarce).toBe(false)
  admissions.learn({ granted: 3, refused: 1, lastStartsInUs: 0 })
  expect(admissions.isScarce).toBe(true)
  admissions.learn({ granted: 4, refused: 0, lastStartsInUs: 0 })
  expect(admissions.isScarce).toBe(false)
  admissions.learn({ granted: 4, refused: 0, lastStartsInUs: 900_000 })
  expect(admissions.isScarce).toBe(true)
})
