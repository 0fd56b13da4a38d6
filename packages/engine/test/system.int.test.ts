import { describe, expect } from 'vitest'
import { cancelBatch } from '../src/batch/cancel-batch.ts'
import { putQueue } from '../src/queue/put-queue.ts'
import { readSystem } from '../src/system.ts'
import { keepTally } from '../src/task-tallies.ts'
import { newBatch } from './support/batches.ts'
import { addWorker, engineTest } from './support/engine-test.ts'

describe('the state of the installation', () => {
  engineTest('has what Redis says about itself, and what there is', async ({ engine }) => {
    await newBatch(engine)
    await cancelBatch(engine, await newBatch(engine))
    await putQueue(engine, 'mail', {})
    await addWorker(engine)
    expect((await readSystem(engine)).maintenanceAgeMs).toBeNull()
    await keepTally(engine, {})

    const { nodes, clockAheadMs, maintenanceAgeMs, isCluster, ...counts } = await readSystem(engine)

    expect(counts).toEqual({
      batches: { active: 1, interrupted: 0, completed: 0, cancelled: 1 },
      queues: 2,
      limits: 0,
      workers: 1,
    })
    expect(nodes.length > 1).toBe(isCluster)
    for (const node of nodes) {
      expect(node).toMatchObject({
        version: expect.stringMatching(/^\d+\.\d+/),
        role: 'master',
        evictionPolicy: 'noeviction',
      })
      expect(node.usedBytes).toBeGreaterThan(100_000)
      expect(node.connectedClients).toBeGreaterThan(0)
    }
    // Redis runs on the same machine.
    expect(Math.abs(clockAheadMs)).toBeLessThan(5000)
    expect(maintenanceAgeMs).toBeLessThan(60_000)
  })
})
