import { expect, test } from 'vitest'
import { TickAge } from '../src/tick-age.ts'
import { StandingLoop } from './support/standing-loop.ts'

function tickAge() {
  const loop = new StandingLoop()
  const age = new TickAge(loop)
  return { loop, age, note: () => age.note(loop.now()) }
}

test('the age is seen within the tick, from the first request in it', () => {
  const { loop, note } = tickAge()

  loop.stall(100)
  expect(note()).toBe(0)
  loop.stall(20)
  expect(note()).toBe(20)
  loop.stall(25)
  expect(note()).toBe(45)
})

test('each tick begins anew, however long none came', () => {
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

test('the longest tick is told once, as far as there were requests in it', () => {
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

test('a tick that has not ended counts as far as it has got', () => {
  const { loop, age, note } = tickAge()
  note()

  loop.stall(60)

  expect(age.takeLongestMs(loop.now())).toBe(60)
})
