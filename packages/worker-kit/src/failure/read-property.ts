/** A property of a value nobody vouches for; `undefined` if there is none, or if reading it throws. */
export function readProperty(value: unknown, name: PropertyKey): unknown {
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null) return undefined
  try {
    return (value as Record<PropertyKey, unknown>)[name]
  } catch {
    return undefined
  }
}

/** A property's value if it is a string with something in it. */
export function readText(value: unknown, name: PropertyKey): string | undefined {
  const property = readProperty(value, name)
  return typeof property === 'string' && property !== '' ? property : undefined
}
