import { expect, test } from 'vitest'
import { chunkTasks, MAX_CHUNK_BYTES, MAX_CHUNK_TASKS } from '../../src/batch/chunk-tasks.ts'

const sizes = (tasks: readonly string[]) => [...chunkTasks(tasks)].map((chunk) => chunk.length)

test('tasks are cut into chunks of a thousand', () => {
  const tasks = Array.from({ length: 2 * MAX_CHUNK_TASKS + 1 }, (_, i) => String(i))

  expect(sizes(tasks)).toEqual([MAX_CHUNK_TASKS, MAX_CHUNK_TASKS, 1])
  expect([...chunkTasks(tasks)].flat()).toEqual(tasks)
})

test('large tasks are cut into chunks of a megabyte, and a larger task forms its own chunk', () => {
  const third = 'x'.repeat(Math.floor(MAX_CHUNK_BYTES / 3))
  const huge = 'x'.repeat(MAX_CHUNK_BYTES + 1)

  expect(sizes([third, third, third, third])).toEqual([3, 1])
  expect(sizes([third, huge, third])).toEqual([1, 1, 1])
})

test('an empty list yields no chunk', () => {
  expect(sizes([])).toEqual([])
})
