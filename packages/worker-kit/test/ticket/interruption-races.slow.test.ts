import { expect } from 'vitest'
import { raceClients } from '../support/race-clients.ts'
import { workerTest } from '../support/worker-test.ts'

workerTest(
  'eight clients that stop and resume a batch at random for 20 s never corrupt its counts or block it',
  async ({ engine, startWorker }) => {
    const result = await raceClients(engine, startWorker, 20_000)

    console.log(result)
    expect(result.interruptions).toBeGreaterThan(20)
  },
)
