import swagger from '@fastify/swagger'
import swaggerUi from '@fastify/swagger-ui'
import type { FastifyInstance } from 'fastify'
import { Type } from 'typebox'
import { hoistSchemas } from './hoist-schemas.ts'
import { json } from './responses.ts'

const info = {
  title: 'Sluice',
  version: '1',
  description:
    'A distributed batch queue. Times are ISO 8601 in UTC; durations end in Ms. Errors are problem documents ' +
    '(RFC 9457): branch on their `code`, which docs/errors.md explains.',
}

const tags = [
  { name: 'batches', description: 'Tasks submitted together.' },
  { name: 'tasks', description: 'The work of a batch.' },
  { name: 'queues', description: 'Lanes of work with settings of their own.' },
  { name: 'detections', description: 'Finding out the limits of an upstream.' },
  { name: 'service', description: 'For those who run it.' },
]

const openapiOperation = {
  operationId: 'readOpenapi',
  tags: ['service'],
  summary: 'This description',
  description: 'OpenAPI 3.1, as JSON. /docs shows it as a page.',
  response: { 200: json('The description.', Type.Object({}, { additionalProperties: true })) },
}

/** Describes the routes that are registered after it at `/openapi.json`, and shows them at `/docs`. */
export async function registerOpenapi(app: FastifyInstance): Promise<void> {
  // The pages of /docs are registered elsewhere, so their class is given to them here.
  app.addHook('onRoute', (route) => {
    if (route.url.startsWith('/docs')) route.config = { gate: 'sheddable', ...route.config }
  })
  await app.register(swagger, {
    openapi: { openapi: '3.1.0', info, tags },
    // A route without a summary is no part of the API: the pages of /docs.
    hideUntagged: true,
    transformObject: (document) => ('openapiObject' in document ? hoistSchemas({ ...document.openapiObject }) : {}),
  })
  await app.register(swaggerUi, {
    routePrefix: '/docs',
    staticCSP: true,
    // Without TLS of its own the page would ask for its scripts in vain.
    transformStaticCSP: (policy) => policy.replace('upgrade-insecure-requests;', ''),
    // Null: the description is not sent to anybody's validator.
    uiConfig: { tryItOutEnabled: true, validatorUrl: null },
  })
  app.get('/openapi.json', { config: { gate: 'sheddable' }, schema: openapiOperation }, async () => app.swagger())
}
