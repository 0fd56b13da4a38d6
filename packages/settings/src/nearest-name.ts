/** The known name most like an unknown one, if any is near enough to be what was meant. */
export function nearestName(unknown: string, known: readonly string[]): string | undefined {
  const ranked = known
    .map((name) => ({ name, distance: editDistance(unknown, name) }))
    .toSorted((a, b) => a.distance - b.distance)
  const [best] = ranked
  // A third of the letters wrong is no longer a slip of the pen.
  return best !== undefined && best.distance <= unknown.length / 3 ? best.name : undefined
}

/** How many letters must be added, dropped or replaced to turn one word into the other (Levenshtein). */
function editDistance(from: string, to: string): number {
  let costs = Array.from({ length: to.length + 1 }, (_, column) => column)
  for (let row = 1; row <= from.length; row += 1) costs = nextRow(costs, row, from[row - 1], to)
  return costs.at(-1) ?? 0
}

function nextRow(previous: readonly number[], row: number, letter: string | undefined, to: string): number[] {
  const costs = [row]
  for (let column = 1; column <= to.length; column += 1) {
    const replaced = at(previous, column - 1) + (letter === to[column - 1] ? 0 : 1)
    costs.push(Math.min(replaced, at(previous, column) + 1, at(costs, column - 1) + 1))
  }
  return costs
}

function at(costs: readonly number[], column: number): number {
  return costs[column] ?? Number.POSITIVE_INFINITY
}
