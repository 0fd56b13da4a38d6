import { overloadGate, type GateNumbers, type OutcomeListener, type Refusal } from '@sluice/overload-gate'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { problemOf } from '../http/errors/send-problem.ts'

const CODE = 'SLUICE_OVERLOADED'

export interface GateConfig extends Partial<GateNumbers> {
  /** False: every request passes. Default true. */
  enabled?: boolean
}

/**
 * Holds requests while the event loop is busy, and refuses those it could not serve in time. It comes before all other
 * hooks: what runs before it is not guarded.
 */
export async function registerGate(
  app: FastifyInstance,
  config: GateConfig,
  onOutcome: OutcomeListener,
): Promise<void> {
  await app.register(overloadGate, { ...config, code: CODE, buildProblem, onOutcome })
}

function buildProblem({ reason, retryAfterSeconds }: Refusal, request: FastifyRequest): object {
  const cause = reason === 'closing' ? 'This process is being stopped.' : 'This process is busy.'
  return problemOf(request, {
    status: 503,
    code: CODE,
    detail: `${cause} Nothing was done; try again in ${retryAfterSeconds} s.`,
    retryAfterMs: retryAfterSeconds * 1000,
    details: { reason },
  })
}
