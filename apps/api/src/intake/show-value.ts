const LONGEST_SHOWN = 100

/** A value as an error quotes it: a short one as it is, a long one as the beginning of its text. */
export function showValue(value: unknown): unknown {
  if (typeof value === 'number' || typeof value === 'boolean' || value === null) return value
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  if (text === undefined || text.length <= LONGEST_SHOWN) return value
  return `${text.slice(0, LONGEST_SHOWN)}…`
}
