import { Type } from 'typebox'
import { VersionView } from '../schemas/version.ts'
import { HealthView } from '../schemas/health.ts'
import { json, text } from './content.ts'
import { operation } from './operation.ts'

const OpenapiDocument = Type.Object({}, { title: 'OpenapiDocument', additionalProperties: true })

/** What the API process says about itself. */
export const serviceOperations = {
  checkAlive: operation({
    id: 'checkAlive',
    method: 'GET',
    path: '/healthz',
    tag: 'service',
    summary: 'Check whether the process is alive',
    description: 'Answers as long as the process runs. Does not check Redis: a restart does not bring Redis back.',
    permission: null,
    gate: 'bypass',
    answers: { 200: { description: 'The process is alive.', content: json(HealthView) } },
    errors: [],
  }),

  checkReady: operation({
    id: 'checkReady',
    method: 'GET',
    path: '/readyz',
    tag: 'service',
    summary: 'Check whether the process is ready',
    description:
      'Checks that Redis can be read and written, and that the process has not refused requests for 5 seconds.',
    permission: null,
    gate: 'bypass',
    answers: { 200: { description: 'The process is ready.', content: json(HealthView) } },
    errors: ['SLUICE_OVERLOADED', 'SLUICE_REDIS_UNAVAILABLE'],
    remarks: { SLUICE_OVERLOADED: 'The process has refused requests for more than 5 seconds.' },
  }),

  readVersion: operation({
    id: 'readVersion',
    method: 'GET',
    path: '/version',
    tag: 'service',
    summary: 'Read the version',
    description:
      'Returns the version of the process that answers, and the maximum size of tasks. After an upgrade, other processes ' +
      'may differ.',
    permission: 'session:read',
    gate: 'sheddable',
    answers: { 200: { description: 'The version.', content: json(VersionView) } },
    errors: [],
  }),

  readMetrics: operation({
    id: 'readMetrics',
    method: 'GET',
    path: '/metrics',
    tag: 'service',
    summary: 'Read the metrics',
    description:
      'Returns the metrics of the process in the text format of Prometheus. While Redis cannot be reached, ' +
      '`sluice_redis_up` is 0 and the metrics that come from Redis are absent.',
    permission: 'metrics:read',
    gate: 'bypass',
    answers: { 200: { description: 'The metrics.', content: text } },
    errors: [],
  }),

  readOpenapi: operation({
    id: 'readOpenapi',
    method: 'GET',
    path: '/openapi.json',
    tag: 'service',
    summary: 'Read the OpenAPI document',
    description: 'Returns the description of this API as OpenAPI 3.2 in JSON. `/docs` shows it as a page.',
    permission: null,
    gate: 'sheddable',
    answers: { 200: { description: 'The document.', content: json(OpenapiDocument) } },
    errors: [],
  }),
}
