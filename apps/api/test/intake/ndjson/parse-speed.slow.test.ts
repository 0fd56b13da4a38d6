import { Readable } from 'node:stream'
import { BodyBudget } from '../../../src/intake/body-budget.ts'
import { expect, test } from 'vitest'
import { TaskUpload } from '../../../src/intake/ndjson/task-upload.ts'

const TASKS = 1_000_000
const NETWORK_BYTES = 65_536

/** A million tasks of some 60 bytes, in the pieces a connection delivers. */
function createPieces(): Buffer[] {
  const lines = Array.from({ length: TASKS }, (_, n) => `{"payload":{"url":"https://example.com/orders/${n}"}}\n`)
  const bytes = Buffer.from(lines.join(''))
  const count = Math.ceil(bytes.length / NETWORK_BYTES)
  return Array.from({ length: count }, (_, i) => bytes.subarray(i * NETWORK_BYTES, (i + 1) * NETWORK_BYTES))
}

test('reads and checks far more than 100,000 small tasks per second on one core', async () => {
  const source = Readable.from(createPieces())
  const limits = {
    batchType: 'http',
    consequence: 'Nothing was kept.',
    maxTaskBytes: 262_144,
    maxChunkTasks: 1000,
    maxChunkBytes: 1_048_576,
    stallMs: 60_000,
  }
  const start = performance.now()

  let tasks = 0
  for await (const chunk of new TaskUpload(source, limits, new BodyBudget(64 * 1024 * 1024).open()).chunks())
    tasks += chunk.length

  const perSecond = Math.round((tasks / (performance.now() - start)) * 1000)
  console.log(`${perSecond.toLocaleString('en')} tasks a second`)
  expect(tasks).toBe(TASKS)
  expect(perSecond).toBeGreaterThan(200_000)
})
