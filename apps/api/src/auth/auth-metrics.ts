import type { Role } from '@sluice/contracts'
import { Counter, Gauge, type Registry } from 'prom-client'
import { PermissionMissingError } from './auth-errors.ts'

/** How an authentication ended. */
export type AuthResult =
  /** A valid API key. */
  | 'key'
  /** A session whose API key is valid. */
  | 'session'
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
  requestsOverQuota: Counter
  keysInUse: Gauge<'role'>
}

/** Creates the metrics of authentication. */
export function createAuthMetrics(registers: Registry[]): AuthMetrics {
  return {
    authentications: new Counter({
      name: 'sluice_authentications_total',
      help:
        'Number of requests by how their authentication ended: key, session, anonymous, missing, malformed, unknown, expired, ' +
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
    requestsOverQuota: new Counter({
      name: 'sluice_requests_over_quota_total',
      help: 'Number of requests refused because their API key had made as many as it may.',
      registers,
    }),
    keysInUse: new Gauge({
      name: 'sluice_api_keys_in_use',
      help: 'Number of API keys with which this process was called in the last minute, by role.',
      labelNames: ['role'],
      registers,
    }),
  }
}

/** Counts an error if it refuses a permission: what needs one may be a whole operation, or what a body or a query names. */
export function countRefusal({ permissionsRefused }: AuthMetrics, error: unknown): void {
  if (error instanceof PermissionMissingError) permissionsRefused.inc({ permission: error.permission })
}

/** Shows how many API keys of each role are in use. */
export function showKeysInUse({ keysInUse }: AuthMetrics, counts: ReadonlyMap<Role, number>): void {
  for (const [role, count] of counts) keysInUse.set({ role }, count)
}
