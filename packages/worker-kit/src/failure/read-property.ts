/** Reads a property of an untrusted value. Returns `undefined` if it does not exist or if reading it throws. */
export function readProperty(value: unknown, name: PropertyKey): unknown {
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null) return undefined
  try {
    return (value as Record<PropertyKey, unknown>)[name]
  } catch {
    return undefined
  }
}

/** Reads a property of an untrusted value. Returns `undefined` unless it is a non-empty string. */
export function readText(value: unknown, name: PropertyKey): string | undefined {
  const property = readProperty(value, name)
  return typeof property === 'string' && property !== '' ? property : undefined
}
