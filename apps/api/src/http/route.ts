import type { Readable } from 'node:stream'
import {
  type BodyOf,
  type Content,
  type ContentOf,
  type HeadersOf,
  type Json,
  mediaTypes,
  type Ndjson,
  type Operation,
  type ParamsOf,
  type QueryOf,
  type RequestBody,
  type Text,
} from '@sluice/contracts'
import type { FastifyInstance, FastifyReply, FastifyRequest, FastifySchema } from 'fastify'
import { type Static, type TSchema, Type } from 'typebox'
import { RequestInvalidError, UNREAD_BODY } from '../intake/intake-errors.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The operation that the route serves. The pages of /docs have none. */
    operation?: Operation
  }
}

/** A request that has been checked against the schemas of its operation. */
export type RequestOf<O extends Operation> = FastifyRequest<{
  Params: ParamsOf<O>
  Querystring: QueryOf<O>
  Headers: HeadersOf<O>
  Body: BodyOf<O>
}>

/** What a handler returns for each kind of answer. Events are sent through `reply.sse`. */
type ValueOf<C extends Content> =
  C extends Json<infer Schema> ? Static<Schema> : C extends Ndjson ? Readable : C extends Text ? string : void

/** Does the work of an operation. It answers with the operation's lowest status unless it sets another one. */
export type Handler<O extends Operation> = (
  request: RequestOf<O>,
  reply: FastifyReply,
) => Promise<ValueOf<ContentOf<O>>>

/** Registers the route of an operation. All but the handler comes from the operation, so that the two cannot differ. */
export function route<const O extends Operation>(app: FastifyInstance, operation: O, handler: Handler<O>): void {
  const { status, kind } = usualAnswer(operation)
  app.route({
    method: operation.method,
    url: operation.path,
    config: { gate: operation.gate, permission: operation.permission, operation },
    schema: schemaOf(operation),
    // Fastify would read a whole stream for its headers. See headRoute.
    exposeHeadRoute: !isStream(kind),
    ...(kind === 'events' && { sse: 'manual' as const }),
    ...(operation.body === undefined && { preValidation: refuseBody }),
    handler: async (request, reply) => {
      reply.code(status)
      if (kind === 'ndjson') reply.type(mediaTypes.ndjson)
      return await handler(request as RequestOf<O>, reply)
    },
  })
}

/**
 * Registers HEAD for an operation that streams. The stream does not begin.
 *
 * @param check rejects with what the operation would be refused with, and sets headers that depend on the request.
 */
export function headRoute<const O extends Operation>(
  app: FastifyInstance,
  operation: O,
  check: (request: RequestOf<O>, reply: FastifyReply) => Promise<unknown>,
): void {
  const { status, kind } = usualAnswer(operation)
  app.route({
    method: 'HEAD',
    url: operation.path,
    config: { gate: operation.gate, permission: operation.permission, operation },
    schema: schemaOf(operation),
    handler: async (request, reply) => {
      reply.code(status).type(kind === 'events' ? mediaTypes.events : mediaTypes.ndjson)
      await check(request as RequestOf<O>, reply)
      return reply.send()
    },
  })
}

/** A client that sends a body expects it to have an effect. */
async function refuseBody({ body }: FastifyRequest): Promise<void> {
  if (body !== undefined) throw new RequestInvalidError([UNREAD_BODY])
}

function isStream(kind: Content['kind'] | undefined): boolean {
  return kind === 'events' || kind === 'ndjson'
}

function usualAnswer({ answers }: Operation): { status: number; kind: Content['kind'] | undefined } {
  const status = Math.min(...Object.keys(answers).map(Number))
  return { status, kind: answers[status]?.content.kind }
}

function schemaOf({ params, query, headers, body }: Operation): FastifySchema {
  return {
    ...(params && { params }),
    ...(query && { querystring: query }),
    ...(headers && { headers }),
    ...(body && { body: bodySchema(body) }),
  }
}

/** NDJSON is checked line by line while it is read. */
function bodySchema({ required, contents }: RequestBody): TSchema {
  const { schema } = contents.find(({ kind }) => kind === 'json') as Json
  return required ? schema : Type.Optional(schema)
}
