import type { RequestErrorView } from '@sluice/contracts'

/** Refuses a body that names another object than the path. */
export function checkName(expected: string, name: string | undefined): RequestErrorView[] {
  if (name === undefined || name === expected) return []
  return [{ path: 'body/name', message: `must be the name in the path, "${expected}", or be left out`, value: name }]
}
