import { ConnectionError } from './errors.ts'

/**
 * Cuts text into lines of NDJSON or rows of CSV, each with its line break. In CSV, a line break between quotes belongs to
 * its row.
 *
 * @throws {ConnectionError} when the text ends within a row.
 */
export async function* readRows(texts: AsyncIterable<string>, format: 'ndjson' | 'csv'): AsyncGenerator<string> {
  let row = ''
  let rest = ''
  let isQuoted = false
  for await (const text of texts) {
    const lines = (rest + text).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) {
      row += `${line}\n`
      // Quotes within a field are doubled, so an odd number of them means that a field begins or ends.
      if (format === 'csv' && countQuotes(line) % 2 === 1) isQuoted = !isQuoted
      if (isQuoted) continue
      yield row
      row = ''
    }
  }
  if (row + rest !== '') throw new ConnectionError('The stream broke off within a row.')
}

function countQuotes(line: string): number {
  let quotes = 0
  for (let at = line.indexOf('"'); at !== -1; at = line.indexOf('"', at + 1)) quotes += 1
  return quotes
}
