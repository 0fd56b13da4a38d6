/** Reads all that an iterable yields, or a part of each. */
export async function collect<Row, Part = Row>(rows: AsyncIterable<Row>, part?: (row: Row) => Part): Promise<Part[]> {
  const parts: Part[] = []
  for await (const row of rows) parts.push(part === undefined ? (row as unknown as Part) : part(row))
  return parts
}
