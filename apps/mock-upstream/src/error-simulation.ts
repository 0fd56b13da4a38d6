import { type Static, Type } from 'typebox'

/** The simulated errors of a service: how often they occur, and their response. */
export const ErrorSimulation = Type.Object(
  {
    /** Share of requests that fail: 0 none, 1 all. */
    rate: Type.Number({ minimum: 0, maximum: 1 }),
    /** Default: 500. */
    statusCode: Type.Optional(Type.Integer({ minimum: 200, maximum: 599 })),
    /** The `error` of the answer. Default: internal_server_error. */
    errorMessage: Type.Optional(Type.String()),
  },
  { additionalProperties: false },
)
export type ErrorSimulation = Static<typeof ErrorSimulation>

/**
 * Builds the `errorSimulation` of a service.
 *
 * @throws {RangeError} when `rate` is not within 0 and 1.
 */
export function createErrorSimulation(rate: number, statusCode?: number, errorMessage?: string): ErrorSimulation {
  // Negated so that NaN is refused as well.
  if (!(rate >= 0 && rate <= 1)) throw new RangeError(`The error rate must be between 0 and 1, got ${rate}.`)
  return {
    rate,
    ...(statusCode !== undefined && { statusCode }),
    ...(errorMessage !== undefined && { errorMessage }),
  }
}
