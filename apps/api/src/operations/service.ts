import { HealthView } from '@sluice/contracts'
import { Type } from 'typebox'
import { content, json, problems } from '../openapi/responses.ts'

const tags = ['service']

/** Is the process alive. */
export const checkAliveOperation = {
  operationId: 'checkAlive',
  tags,
  summary: 'Is the process alive?',
  description: 'Says nothing about Redis: a process is not to be restarted because Redis is away.',
  response: { 200: json('It is.', HealthView) },
}

/** Can it do its work. */
export const checkReadyOperation = {
  operationId: 'checkReady',
  tags,
  summary: 'Can it do its work?',
  description: 'Redis can be reached and written to, and requests have not been refused for five seconds on end.',
  response: { 200: json('It can.', HealthView), ...problems({}) },
}

/** Metrics for Prometheus. */
export const readMetricsOperation = {
  operationId: 'readMetrics',
  tags,
  summary: 'Metrics for Prometheus',
  description: 'Also answered while Redis is away, with sluice_redis_up 0 and without what Redis would know.',
  response: { 200: content('Text exposition format.', 'text/plain', Type.String()) },
}
