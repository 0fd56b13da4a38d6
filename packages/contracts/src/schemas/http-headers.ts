import { Type } from 'typebox'

/** Headers of an HTTP call, by name. */
export const HttpHeaders = Type.Record(
  Type.String({ pattern: "^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}$" }),
  Type.String({ maxLength: 8192, pattern: '^[\\t\\x20-\\x7e\\x80-\\xff]*$' }),
  {
    examples: [{ authorization: 'Bearer ${secret:EXAMPLE_KEY}' }],
    additionalProperties: false,
    maxProperties: 100,
  },
)
