import { expect, test } from 'vitest'
import { AcceptSprint } from '../src/accept-sprint.ts'

/** Ends ticks of 1 ms, with a connection accepted in each that has a `+`. Returns the state of the sprint after each. */
function ticks(sprint: AcceptSprint, pattern: string, from = 0): string {
  return pattern
    .split('')
    .map((tick, index) => {
      if (tick === '+') sprint.noteConnection()
      sprint.endTick(from + index)
      return sprint.isRunning ? 'r' : sprint.isWatching ? 'w' : '.'
    })
    .join('')
}

test('connections in three ticks in a row start a sprint, and a tick without one ends it', () => {
  expect(ticks(new AcceptSprint(50), '+-++-+++++-')).toBe('w.ww.wwrrr.')
})

test('several connections in one tick are not a sign of more', () => {
  const sprint = new AcceptSprint(50)
  for (let i = 0; i < 10; i += 1) sprint.noteConnection()

  expect(ticks(sprint, '--')).toBe('w.')
})

test('a sprint ends when its time is up', () => {
  expect(ticks(new AcceptSprint(5), '++++++++').indexOf('w', 3)).toBe(7)
})

test('however many connections come, half of the time is left for other work', () => {
  const shown = ticks(new AcceptSprint(50), '+'.repeat(10_000))

  const running = shown.replaceAll(/[^r]/g, '').length
  expect(running / 10_000).toBeCloseTo(0.5, 1)
})

test('a sprint of no length never runs', () => {
  expect(ticks(new AcceptSprint(0), '+++++')).toBe('wwwww')
})
