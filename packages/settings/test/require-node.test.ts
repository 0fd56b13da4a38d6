import { expect, test } from 'vitest'
import { requireNode } from '../src/require-node.ts'

function outcomeOf(node: string) {
  const written: string[] = []
  const exits: number[] = []
  const exit = (code: number) => void exits.push(code) as never
  requireNode({ versions: { node }, stderr: { write: (text) => written.push(text) }, exit })
  return { written, exits }
}

test('a Node that is too old ends the process with a sentence', () => {
  expect(outcomeOf('20.20.2')).toEqual({
    written: ['Sluice needs Node 24 or later, and this is Node 20.20.2.\n'],
    exits: [2],
  })
})

test.for(['24.0.0', '25.1.0'])('Node %s may run', (node) => {
  expect(outcomeOf(node)).toEqual({ written: [], exits: [] })
})
