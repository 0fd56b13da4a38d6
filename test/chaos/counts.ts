/** The sum of several counts. */
export function sumOf(counts: readonly Record<string, number>[]): Record<string, number> {
  const sum: Record<string, number> = {}
  for (const [name, number] of counts.flatMap(Object.entries<number>)) sum[name] = (sum[name] ?? 0) + number
  return sum
}

/** How often each name occurs. */
export function count(names: readonly string[]): Record<string, number> {
  return Object.fromEntries(
    Object.entries(Object.groupBy(names, (name) => name)).map(([name, all = []]) => [name, all.length]),
  )
}
