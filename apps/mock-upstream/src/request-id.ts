let created = 0

/** Returns an id that is unique in this process: the time and a running number, both in base 36. */
export function createRequestId(epochMs: number): string {
  created += 1
  return `${epochMs.toString(36)}-${created.toString(36).padStart(6, '0')}`
}
