import { describe, expect, test } from 'vitest'
import { Averages } from '../../src/ticket/averages.ts'

describe('the average duration of a batch’s tasks', () => {
  test('is unknown before the first task, and then its duration', () => {
    const averages = new Averages()

    expect(averages.ofBatch('a').taskMs).toBeUndefined()
    averages.ofBatch('a').addTask(40)

    expect(averages.ofBatch('a').taskMs).toBe(40)
    expect(averages.ofBatch('b').taskMs).toBeUndefined()
  })

  test('moves a tenth of the way towards each further duration', () => {
    const [rising, falling] = [new Averages().ofBatch('a'), new Averages().ofBatch('a')]

    for (const durationMs of [10, 20]) rising.addTask(durationMs)
    for (const durationMs of [20, 10]) falling.addTask(durationMs)

    expect(rising.taskMs).toBe(11)
    expect(falling.taskMs).toBe(19)
  })

  test('approaches what the durations have become', () => {
    const batch = new Averages().ofBatch('a')
    batch.addTask(1000)

    for (let task = 0; task < 100; task += 1) batch.addTask(1)

    expect(batch.taskMs).toBeLessThan(1.1)
  })
})

test('the last slice size of a batch is kept for its next run', () => {
  const averages = new Averages()
  expect(averages.ofBatch('a').lastSliceSize).toBe(0)

  averages.ofBatch('a').lastSliceSize = 64

  expect(averages.ofBatch('a').lastSliceSize).toBe(64)
})

test('the average duration of turns is shared by all batches', () => {
  const averages = new Averages()
  expect(averages.turnMs).toBeUndefined()

  averages.addTurn(10)
  averages.addTurn(20)

  expect(averages.turnMs).toBe(11)
})
