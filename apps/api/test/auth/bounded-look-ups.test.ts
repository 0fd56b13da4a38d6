import { setImmediate } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { BoundedLookUps } from '../../src/auth/bounded-look-ups.ts'
import { CountsPerMinute } from '../../src/auth/counts-per-minute.ts'

const OUTAGE = new Error('Connection is closed.')

/** Look-ups of which an address may have `max` failures, and those that have begun and not been answered. */
function openLookUps(max: number) {
  const failures = new CountsPerMinute(max)
  const lookUps = new BoundedLookUps(failures)
  const begun: PromiseWithResolvers<string>[] = []
  const lookUp = () => {
    const answer = Promise.withResolvers<string>()
    begun.push(answer)
    return answer.promise
  }
  const run = (address = '10.0.0.1') => lookUps.run(address, lookUp)
  return { failures, begun, run, lookUps }
}

test('an address has as many look-ups at a time as it may have failures, and each that succeeds makes room', async () => {
  const { begun, run } = openLookUps(3)
  const all = Promise.all(Array.from({ length: 10 }, () => run()))
  await setImmediate()
  expect(begun).toHaveLength(3)

  for (let answered = 0; answered < 10; answered += 1) {
    begun[answered]?.resolve('found')
    await setImmediate()
    expect(begun).toHaveLength(Math.min(10, answered + 4))
  }

  expect(await all).toHaveLength(10)
})

test('a failure makes no room, and after the last one nothing waits any more', async () => {
  const { failures, begun, run } = openLookUps(2)
  const all = Promise.all(Array.from({ length: 5 }, () => run()))
  await setImmediate()

  failures.add('10.0.0.1')
  begun[0]?.resolve('nothing')
  await setImmediate()
  expect(begun).toHaveLength(2)
  failures.add('10.0.0.1')
  begun[1]?.resolve('nothing')
  await setImmediate()

  expect(begun).toHaveLength(5)
  for (const { resolve } of begun) resolve('refused')
  await all
})

test('other addresses do not wait, and those of one IPv6 network wait together', async () => {
  const { begun, run } = openLookUps(1)
  const all = Promise.all(['2001:db8::1', '2001:db8::2', '2001:db8:1::1'].map((address) => run(address)))
  await setImmediate()

  expect(begun).toHaveLength(2)

  for (let answered = 0; answered < 3; answered += 1) {
    begun[answered]?.resolve('found')
    await setImmediate()
  }
  await all
})

test('all that wait fail with the look-up that shows that Redis cannot be reached', async () => {
  const { begun, run } = openLookUps(1)
  const all = Promise.allSettled(Array.from({ length: 5 }, () => run()))
  await setImmediate()

  begun[0]?.reject(OUTAGE)

  expect(await all).toEqual(Array.from({ length: 5 }, () => ({ status: 'rejected', reason: OUTAGE })))
  expect(begun).toHaveLength(1)
})

test('a look-up that fails by itself leaves the others alone', async () => {
  const { begun, run } = openLookUps(1)
  const all = Promise.allSettled([run(), run()])
  await setImmediate()

  begun[0]?.reject(new Error('401'))
  await setImmediate()
  begun[1]?.resolve('found')

  expect((await all).map(({ status }) => status)).toEqual(['rejected', 'fulfilled'])
})
