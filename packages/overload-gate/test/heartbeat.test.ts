import { expect, test } from 'vitest'
import { Heartbeat } from '../src/heartbeat.ts'
import { StandingLoop } from './standing-loop.ts'

function beating() {
  const loop = new StandingLoop()
  const work = { isUnderWay: true }
  const heartbeat = new Heartbeat(loop, 10, () => work.isUnderWay)
  heartbeat.start(loop.now())
  return { loop, work, heartbeat }
}

test('lateness is seen within the turn that causes it, before any timer can fire', () => {
  const { loop, heartbeat } = beating()

  loop.stall(45)

  expect(heartbeat.lateness(loop.now())).toBe(35)
})

test('a loop that turns in time is not late', () => {
  const { loop, heartbeat } = beating()

  for (let turn = 0; turn < 10; turn += 1) loop.turn(10)

  expect(heartbeat.lateness(loop.now())).toBe(0)
})

test('it stops once nothing is under way, and does not count the time until it starts again', () => {
  const { loop, work, heartbeat } = beating()

  work.isUnderWay = false
  loop.turn(10)
  expect(loop.isScheduled).toBe(false)

  loop.stall(60_000)
  expect(heartbeat.lateness(loop.now())).toBe(0)
  heartbeat.start(loop.now())
  loop.turn(10)
  expect(heartbeat.takeLongestStallMs(loop.now())).toBe(0)
})

test('the longest stall is told once', () => {
  const { loop, heartbeat } = beating()

  loop.turn(10)
  loop.turn(110)
  loop.turn(10)

  expect(heartbeat.takeLongestStallMs(loop.now())).toBe(100)
  expect(heartbeat.takeLongestStallMs(loop.now())).toBe(0)
})

test('a stall that has not ended counts as far as it has got', () => {
  const { loop, heartbeat } = beating()

  loop.stall(60)

  expect(heartbeat.takeLongestStallMs(loop.now())).toBe(50)
})
