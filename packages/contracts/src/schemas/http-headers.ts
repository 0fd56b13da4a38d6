import { Type } from 'typebox'
import { patterns } from './patterns.ts'

/** Headers of an HTTP call, by name. */
export const HttpHeaders = Type.Record(
  Type.String({ pattern: patterns.headerName }),
  Type.String({ maxLength: 8192, pattern: patterns.headerValue }),
  {
    examples: [{ authorization: 'Bearer ${secret:EXAMPLE_KEY}' }],
    additionalProperties: false,
    maxProperties: 100,
  },
)
