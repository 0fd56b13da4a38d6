let created = 0

/** An id no other answer of this process carries: the time and a running number, both in base 36. */
export function createRequestId(epochMs: number): string {
  created += 1
  return `${epochMs.toString(36)}-${created.toString(36).padStart(6, '0')}`
}
