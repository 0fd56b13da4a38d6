import type { ChangeQueueBody, PutQueueBody, RequestErrorView } from '@sluice/contracts'
import { RequestInvalidError } from '../intake/intake-errors.ts'
import { checkHeaders } from './check-headers.ts'
import { checkRetryPolicy } from './check-retry-policy.ts'
import { checkName } from '../intake/check-name.ts'

/**
 * The settings in a body, without the read-only members that may be sent back. Throws `RequestInvalidError` for what the
 * schema cannot express.
 */
export function sentSettings<Body extends PutQueueBody | ChangeQueueBody>(
  queue: string,
  { name, activeBatches: _batches, tickets: _tickets, workers: _workers, types: _types, ...settings }: Body,
): Omit<Body, 'name' | 'activeBatches' | 'tickets' | 'workers' | 'types'> {
  const errors: RequestErrorView[] = [
    ...checkName(queue, name),
    ...checkRetryPolicy(settings.retry ?? {}),
    ...checkHeaders(settings.http ?? {}),
  ]
  if (errors.length > 0) throw new RequestInvalidError(errors)
  return settings
}
