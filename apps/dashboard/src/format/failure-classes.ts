import type { FailureClass } from '@sluice/client'

/** All failure classes. */
export const FAILURE_CLASSES = [
  'rate_limited',
  'overloaded',
  'timeout',
  'network',
  'auth',
  'invalid',
  'server',
  'handler',
  'worker_lost',
] as const satisfies FailureClass[]
