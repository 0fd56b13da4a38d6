import { expect, test } from 'vitest'
import { AcceptSprint } from '../src/accept-sprint.ts'

/** Ends turns of 1 ms, with a connection accepted in each for which there is a `+`; tells in which it was running. */
function turns(sprint: AcceptSprint, pattern: string, from = 0): string {
  return pattern
    .split('')
    .map((turn, index) => {
      if (turn === '+') sprint.noteConnection()
      sprint.endTurn(from + index)
      return sprint.isRunning ? 'r' : sprint.isWatching ? 'w' : '.'
    })
    .join('')
}

test('connections in three turns in a row start a sprint, and a turn without one ends it', () => {
  expect(turns(new AcceptSprint(50), '+-++-+++++-')).toBe('w.ww.wwrrr.')
})

test('several connections in one turn are no sign of more', () => {
  const sprint = new AcceptSprint(50)
  for (let i = 0; i < 10; i += 1) sprint.noteConnection()

  expect(turns(sprint, '--')).toBe('w.')
})

test('a sprint ends when its time is up', () => {
  expect(turns(new AcceptSprint(5), '++++++++').indexOf('w', 3)).toBe(7)
})

test('however many connections come, half of the time is left for other work', () => {
  const shown = turns(new AcceptSprint(50), '+'.repeat(10_000))

  const running = shown.replaceAll(/[^r]/g, '').length
  expect(running / 10_000).toBeCloseTo(0.5, 1)
})

test('a sprint of no length never runs', () => {
  expect(turns(new AcceptSprint(0), '+++++')).toBe('wwwww')
})
