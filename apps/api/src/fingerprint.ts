import { createHash } from 'node:crypto'

/** Tells requests apart: equal for bodies that say the same in the same order, whatever their white space. */
export function fingerprint(body: unknown): string {
  return createHash('sha256').update(JSON.stringify(body)).digest('hex')
}
