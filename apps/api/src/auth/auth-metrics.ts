import { Counter, type Registry } from 'prom-client'

/** How an authentication ended. */
export type AuthResult =
  /** A valid API key. */
  | 'key'
  /** No credential, which the settings allow. */
  | 'anonymous'
  | 'missing'
  | 'malformed'
  | 'unknown'
  | 'expired'
  /** Too many failures from the address. */
  | 'limited'
  /** The key could not be looked up, because Redis could not be reached. */
  | 'unavailable'

/** The metrics of authentication. */
export interface AuthMetrics {
  authentications: Counter<'result'>
  permissionsRefused: Counter<'permission'>
}

/** Creates the metrics of authentication. */
export function createAuthMetrics(registers: Registry[]): AuthMetrics {
  return {
    authentications: new Counter({
      name: 'sluice_authentications_total',
      help:
        'Number of requests by how their authentication ended: key, anonymous, missing, malformed, unknown, expired, ' +
        'limited or unavailable.',
      labelNames: ['result'],
      registers,
    }),
    permissionsRefused: new Counter({
      name: 'sluice_permissions_refused_total',
      help: 'Number of requests refused because the API key lacks a permission, by permission.',
      labelNames: ['permission'],
      registers,
    }),
  }
}
