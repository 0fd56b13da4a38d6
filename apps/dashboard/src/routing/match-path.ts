/** The parameters of a path that fits a pattern: `batches/:id` fits `batches/123`. Undefined: it does not fit. */
export function matchPath(pattern: string, path: string): Record<string, string> | undefined {
  const names = pattern.split('/')
  const values = path.split('/')
  if (names.length !== values.length) return undefined
  const params: Record<string, string> = {}
  for (const [index, name] of names.entries()) {
    const value = values[index] ?? ''
    if (name.startsWith(':')) params[name.slice(1)] = decode(value)
    else if (name !== value) return undefined
  }
  return params
}

/** An address that somebody typed may hold any percent sign. */
function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
