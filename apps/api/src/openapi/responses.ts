import { Problem } from '@sluice/contracts'
import { type TSchema, Type } from 'typebox'

/** An answer as a route's schema declares it. */
export interface DeclaredResponse {
  description: string
  content: Record<string, { schema: TSchema }>
}

/** An answer in JSON. */
export function json(description: string, schema: TSchema): DeclaredResponse {
  return { description, content: { 'application/json': { schema } } }
}

/** An answer of another media type. */
export function content(description: string, mediaType: string, schema: TSchema): DeclaredResponse {
  return { description, content: { [mediaType]: { schema } } }
}

/** Every route may answer these. */
const ALWAYS: Record<number, string> = { 500: 'SLUICE_INTERNAL', 503: 'SLUICE_REDIS_UNAVAILABLE' }

/** The refusals of a route: status code → its codes. */
export function problems(codes: Record<number, string>): Record<number, DeclaredResponse> {
  return Object.fromEntries(
    Object.entries({ ...codes, ...ALWAYS }).map(([status, names]) => [
      status,
      content(names, 'application/problem+json', Problem),
    ]),
  )
}

/** An answer without a body. */
export function empty(description: string): TSchema {
  return Type.Null({ description })
}
