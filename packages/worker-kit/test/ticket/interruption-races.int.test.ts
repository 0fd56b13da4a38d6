import { expect } from 'vitest'
import { raceClients } from '../support/race-clients.ts'
import { workerTest } from '../support/worker-test.ts'

workerTest(
  'eight clients that stop and start a batch at random never break its counts or hang it',
  { timeout: 60_000 },
  async ({ engine, startWorker }) => {
    const { interruptions, looks } = await raceClients(engine, startWorker, 3000)

    expect(interruptions).toBeGreaterThan(0)
    expect(looks).toBeGreaterThan(10)
  },
)
