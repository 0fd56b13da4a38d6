import { expect, test } from 'vitest'
import { TickAge } from '../src/tick-age.ts'
import { StandingLoop } from './support/standing-loop.ts'

function tickAge() {
  const loop = new StandingLoop()
  const age = new TickAge(loop)
  return { loop, age, note: () => age.note(loop.now()) }
}

test('the age counts within the tick, from its first request', () => {
  const { loop, note } = tickAge()

  loop.stall(100)
  expect(note()).toBe(0)
  loop.stall(20)
  expect(note()).toBe(20)
  loop.stall(25)
  expect(note()).toBe(45)
})

test('each tick starts at zero, however long no request arrived', () => {
  const { loop, note } = tickAge()

  for (const ms of [25, 60_000, 25]) {
    note()
    loop.tick(ms)
  }

  expect(note()).toBe(0)
})

test('nothing is ever scheduled', () => {
  const { loop, note } = tickAge()

  note()

  expect(loop.isTickScheduled).toBe(false)
})

test('the longest tick is reported once, as far as it had requests', () => {
  const { loop, age, note } = tickAge()
  for (const ms of [10, 110, 10]) {
    note()
    loop.stall(ms)
    note()
    loop.tick(500)
  }

  expect(age.takeLongestMs(loop.now())).toBe(110)
  expect(age.takeLongestMs(loop.now())).toBe(0)
})

test('a tick that has not ended counts with its age so far', () => {
  const { loop, age, note } = tickAge()
  note()

  loop.stall(60)

  expect(age.takeLongestMs(loop.now())).toBe(60)
})
