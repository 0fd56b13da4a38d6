import { DetectionError } from './errors.ts'
import type { Call } from './probe.ts'
import type { ProbeSession } from './probe-session.ts'

const SUCCESSES = 3
const MAX_FAILURES = 2
const MAX_REJECTIONS = 5
const FIRST_REST_MS = 1000

/**
 * Calls the upstream a few times, one call after the other. An upstream that already limits gets time to recover.
 *
 * @throws {DetectionError} when too few calls succeed: the detection would measure something other than a limit.
 */
export async function checkTarget(session: ProbeSession): Promise<Call[]> {
  const calls: Call[] = []
  const count = (outcome: Call['outcome']) => calls.filter((call) => call.outcome === outcome).length
  while (count('accepted') < SUCCESSES) {
    const call = await session.call()
    calls.push(call)
    if (count('failed') > MAX_FAILURES) throw noSuccess(calls)
    if (call.outcome !== 'rejected') continue
    if (count('rejected') > MAX_REJECTIONS) throw noSuccess(calls)
    await session.sleep(call.retryAfterMs ?? FIRST_REST_MS * 3 ** (count('rejected') - 1))
  }
  return calls
}

function noSuccess(calls: readonly Call[]): DetectionError {
  const answers = calls.map(({ outcome, status, message }) => message ?? status ?? outcome)
  const accepted = calls.filter(({ outcome }) => outcome === 'accepted').length
  return new DetectionError(
    'no_success',
    `Only ${accepted} of the first ${calls.length} calls succeeded (responses: ${[...new Set(answers)].join('; ')}). ` +
      'Detection requires a request that succeeds.',
  )
}
