/**
 * Why an attempt failed. Taken from types and status codes: `rate_limited` (429), `overloaded` (502, 503), `timeout`,
 * `network`, `auth` (401, 403), `invalid` (other 4xx), `server` (other 5xx), `handler` (anything a handler threw
 * without saying more), `worker_lost` (its worker died).
 */
export type FailureClass =
  | 'rate_limited'
  | 'overloaded'
  | 'timeout'
  | 'network'
  | 'auth'
  | 'invalid'
  | 'server'
  | 'handler'
  | 'worker_lost'
