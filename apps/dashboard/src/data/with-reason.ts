import type { RequestOptions } from '@sluice/client'

/** The options of a call that changes something. The audit log keeps the reason. */
export function withReason(reason: string | undefined): RequestOptions {
  return reason === undefined ? {} : { headers: { 'x-sluice-reason': reason } }
}
