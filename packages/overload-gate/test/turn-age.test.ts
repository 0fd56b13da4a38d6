import { expect, test } from 'vitest'
import { TurnAge } from '../src/turn-age.ts'
import { StandingLoop } from './support/standing-loop.ts'

function turnAge() {
  const loop = new StandingLoop()
  const age = new TurnAge(loop)
  return { loop, age, note: () => age.note(loop.now()) }
}

test('the age is seen within the turn, from the first request in it', () => {
  const { loop, note } = turnAge()

  loop.stall(100)
  expect(note()).toBe(0)
  loop.stall(20)
  expect(note()).toBe(20)
  loop.stall(25)
  expect(note()).toBe(45)
})

test('each turn begins anew, however long none came', () => {
  const { loop, note } = turnAge()

  for (const ms of [25, 60_000, 25]) {
    note()
    loop.turn(ms)
  }

  expect(note()).toBe(0)
})

test('nothing is ever scheduled', () => {
  const { loop, note } = turnAge()

  note()

  expect(loop.isTurnScheduled).toBe(false)
})

test('the longest turn is told once, as far as there were requests in it', () => {
  const { loop, age, note } = turnAge()
  for (const ms of [10, 110, 10]) {
    note()
    loop.stall(ms)
    note()
    loop.turn(500)
  }

  expect(age.takeLongestMs(loop.now())).toBe(110)
  expect(age.takeLongestMs(loop.now())).toBe(0)
})

test('a turn that has not ended counts as far as it has got', () => {
  const { loop, age, note } = turnAge()
  note()

  loop.stall(60)

  expect(age.takeLongestMs(loop.now())).toBe(60)
})
