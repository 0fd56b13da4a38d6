import { type Operation, operations, tags } from '@sluice/contracts'
import { describeOperation } from './describe-operation.ts'
import { hoistSchemas } from './hoist-schemas.ts'

const info = {
  title: 'Sluice',
  version: '1',
  description:
    'A distributed batch queue. Times are ISO 8601 in UTC, and names of durations end in `Ms`. Every refusal is a problem ' +
    'document (RFC 9457): branch on its `code`, which `docs/errors.md` explains. Each operation with the method GET also ' +
    'answers HEAD: the same status and headers, without a body.',
  license: { name: 'MIT', identifier: 'MIT' },
}

const securitySchemes = {
  bearer: { type: 'http', scheme: 'bearer', description: 'An API key, which begins with `slk1_`.' },
  apiKey: {
    type: 'apiKey',
    in: 'header',
    name: 'x-api-key',
    description: 'The same, for clients that cannot send a Bearer token.',
  },
  session: {
    type: 'apiKey',
    in: 'cookie',
    name: '__Host-sluice',
    description: 'The session of a browser: see `createSession`.',
  },
}

/** Every operation of the API in one OpenAPI document. */
export const openapiDocument = describeApi(Object.values(operations))

function describeApi(table: readonly Operation[]): Record<string, unknown> {
  return hoistSchemas({
    openapi: '3.2.0',
    info,
    servers: [{ url: '/', description: 'The server that this document comes from.' }],
    security: [{ bearer: [] }, { apiKey: [] }, { session: [] }],
    tags: Object.entries(tags).map(([name, description]) => ({ name, description })),
    components: { securitySchemes },
    paths: Object.fromEntries(
      [...Map.groupBy(table, ({ path }) => path)].map(([path, ofPath]) => [templateOf(path), describePath(ofPath)]),
    ),
  })
}

function describePath(ofPath: readonly Operation[]): object {
  return Object.fromEntries(ofPath.map((operation) => [operation.method.toLowerCase(), describeOperation(operation)]))
}

/** `/v1/batches/:id` as OpenAPI writes it: `/v1/batches/{id}`. */
function templateOf(path: string): string {
  return path.replaceAll(/:(\w+)/g, '{$1}')
}
