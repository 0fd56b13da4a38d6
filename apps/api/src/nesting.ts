/**
 * How deep objects and arrays may nest. Far deeper ones parse, but overflow the stack of whoever writes them out
 * again.
 */
export const MAX_NESTING = 200

/** Whether a value nests deeper than `levels`. `textLength` is that of its JSON, which tells most values at once. */
export function nestsTooDeep(value: unknown, textLength: number, levels = MAX_NESTING): boolean {
  // Each level takes a bracket at either end.
  return textLength > 2 * levels && exceeds(value, levels)
}

function exceeds(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false
  if (levels === 0) return true
  return Object.values(value).some((member) => exceeds(member, levels - 1))
}
