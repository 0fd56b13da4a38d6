import { expect, test } from 'vitest'
import { MockService } from '../src/mock-service.ts'
import type { ServiceSettings } from '../src/index.ts'

const ONE_OF_EACH: ServiceSettings = {
  maxConcurrency: 1,
  rateLimit: { limit: 1, windowMs: 1000 },
  errorSimulation: { rate: 0.5 },
}

/** A service that draws these numbers, and 0.99 after them. */
function createService(settings: ServiceSettings, ...draws: number[]): MockService {
  return new MockService('api', settings, 0, () => draws.shift() ?? 0.99)
}

test('the error is drawn before the limits are looked at, and takes nothing from them', () => {
  const service = createService(ONE_OF_EACH, 0.49, 0.49, 0.5)

  const outcomes = [service.admit(0), service.admit(0), service.admit(0)].map(({ kind }) => kind)

  expect(outcomes).toEqual(['simulated_error', 'simulated_error', 'accepted'])
})

test('the error is drawn even where every limit is reached', () => {
  const service = createService(ONE_OF_EACH, 0.5, 0, 0.49)
  service.admit(0)

  expect(service.admit(0).kind).toBe('simulated_error')
})

test('concurrency is looked at before the rate limit', () => {
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

test('the delay is between 10 and 200 ms when nothing is said', () => {
  const settings = { maxConcurrency: 2, rateLimit: { limit: 2, windowMs: 1000 } }

  expect(createService(settings, 0).admit(0)).toMatchObject({ delayMs: 10 })
  expect(createService(settings, 0.5).admit(0)).toMatchObject({ delayMs: 105 })
})
