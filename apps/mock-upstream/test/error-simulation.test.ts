import { expect, test } from 'vitest'
import { createErrorSimulation } from '../src/index.ts'

test.for([-0.01, 1.01, Number.NaN, Number.POSITIVE_INFINITY])('a rate of %d is refused', (rate) => {
  expect(() => createErrorSimulation(rate)).toThrow(`The error rate must be between 0 and 1, got ${rate}.`)
})

test.for([0, 0.3, 1])('a rate of %d is accepted', (rate) => {
  expect(createErrorSimulation(rate)).toStrictEqual({ rate })
})

test('status and message are passed on', () => {
  expect(createErrorSimulation(0.2, 503, 'busy')).toEqual({ rate: 0.2, statusCode: 503, errorMessage: 'busy' })
})
