/** The first rows of a list. */
export async function* first<Row>(most: number, rows: AsyncIterable<Row>): AsyncGenerator<Row> {
  if (most === 0) return
  let seen = 0
  for await (const row of rows) {
    yield row
    if ((seen += 1) === most) return
  }
}
