import { expect } from 'vitest'
import { raceClients } from '../support/race-clients.ts'
import { workerTest } from '../support/worker-test.ts'

workerTest(
  'eight clients that stop and resume a batch at random never corrupt its counts or block it',
  { timeout: 60_000 },
  async ({ engine, startWorker }) => {
    const { interruptions, looks } = await raceClients(engine, startWorker, 3000)

    expect(interruptions).toBeGreaterThan(0)
    expect(looks).toBeGreaterThan(10)
  },
)
