import { expect, test } from 'vitest'
import { MockService } from '../src/mock-service.ts'
import type { ServiceSettings } from '../src/index.ts'

const ONE_OF_EACH: ServiceSettings = {
  maxConcurrency: 1,
  rateLimit: { limit: 1, windowMs: 1000 },
  errorSimulation: { rate: 0.5 },
}

/** A service whose random numbers are these, and then 0.99. */
function createService(settings: ServiceSettings, ...draws: number[]): MockService {
  return new MockService('api', settings, 0, () => draws.shift() ?? 0.99)
}

test('a simulated error precedes the limits, and does not count against them', () => {
  const service = createService(ONE_OF_EACH, 0.49, 0.49, 0.5)

  const outcomes = [service.admit(0), service.admit(0), service.admit(0)].map(({ kind }) => kind)

  expect(outcomes).toEqual(['simulated_error', 'simulated_error', 'accepted'])
})

test('a simulated error occurs even if every limit is reached', () => {
  const service = createService(ONE_OF_EACH, 0.5, 0, 0.49)
  service.admit(0)

  expect(service.admit(0).kind).toBe('simulated_error')
})

test('concurrency is checked before the rate limit', () => {
  const service = createService({ ...ONE_OF_EACH, errorSimulation: { rate: 0 } })
  const first = service.admit(0)

  expect(service.admit(0).kind).toBe('overloaded')
  if (first.kind === 'accepted') first.leave('answered')
  expect(service.admit(0).kind).toBe('rate_limited')
})

test('a refusal by the rate limit takes no concurrency', () => {
  const service = createService({ ...ONE_OF_EACH, maxConcurrency: 2, errorSimulation: { rate: 0 } })
  service.admit(0)
  service.admit(0)

  expect(service.getCurrentConcurrency()).toBe(1)
  expect(service.stats()).toMatchObject({ requests: 2, rateLimited: 1, peakConcurrency: 1 })
})

test('the delay is between 10 and 200 ms by default', () => {
  const settings = { maxConcurrency: 2, rateLimit: { limit: 2, windowMs: 1000 } }

  expect(createService(settings, 0).admit(0)).toMatchObject({ delayMs: 10 })
  expect(createService(settings, 0.5).admit(0)).toMatchObject({ delayMs: 105 })
})
