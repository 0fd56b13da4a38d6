import type { DetectionCall } from '@sluice/engine'
import type { Probe, ProbeAnswer } from '@sluice/limit-detection'
import { parseDeclaredLimits } from '../http/declared-limits.ts'
import { RetryableError } from '../errors.ts'
import type { HttpDefaults } from '../handler.ts'
import type { HttpCall, HttpHandler } from '../http/http-handler.ts'
import { failureOf } from '../http/http-outcome.ts'
import { parseRetryAfter } from '../failure/retry-after.ts'

/** The statuses that say "too much". */
const REJECTIONS: ReadonlySet<number> = new Set([429, 503])

/**
 * Makes the same call again and again, for a detection. A call that can never be made, because its address is closed or a
 * secret is missing, ends it with a `NonRetryableError`; one that was not answered has failed.
 */
export function createHttpProbe(http: HttpHandler, payload: DetectionCall, defaults: HttpDefaults): Probe {
  return async (signal) => {
    try {
      return await readAnswer(await http.call(payload, { http: defaults, signal }))
    } catch (error) {
      if (error instanceof RetryableError && !signal.aborted) return { outcome: 'failed', message: error.message }
      throw error
    }
  }
}

async function readAnswer({ request, response }: HttpCall): Promise<ProbeAnswer> {
  const { status, headers } = response
  const now = Date.now()
  const declared = parseDeclaredLimits(headers, now)
  if (status >= 200 && status < 300) return { outcome: 'accepted', status, declared }
  if (REJECTIONS.has(status)) {
    return { outcome: 'rejected', status, declared, retryAfterMs: parseRetryAfter(headers, now) }
  }
  const { message } = await failureOf(request, response, now)
  return { outcome: 'failed', status, message }
}
