import type { DetectionCall } from '@sluice/engine'
import type { Probe, ProbeAnswer } from '@sluice/limit-detection'
import { parseDeclaredLimits } from '../http/declared-limits.ts'
import { RetryableError } from '../errors.ts'
import type { HttpDefaults, Logger } from '../handler.ts'
import type { HttpCall, HttpHandler } from '../http/http-handler.ts'
import { failureOf } from '../http/http-outcome.ts'
import { parseRetryAfter } from '../failure/retry-after.ts'

/** Statuses with which an upstream rejects a call because of its limits. */
const REJECTIONS: ReadonlySet<number> = new Set([429, 503])

/**
 * Creates the probe of a detection, which repeats one call. A call without a response counts as failed. A call that can
 * never be made, because its address is not public or a secret is missing, throws a `NonRetryableError`.
 */
export function createHttpProbe(
  http: HttpHandler,
  payload: DetectionCall,
  context: { http: HttpDefaults; log: Logger },
): Probe {
  return async (signal) => {
    try {
      return await readAnswer(await http.call(payload, { ...context, signal }))
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
