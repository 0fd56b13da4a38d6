import { stripVTControlCharacters } from 'node:util'
import { characters, terminalWidth, wrapped } from './words.ts'

/** Less room than this is none: a longer line is better. */
const LEAST_ROOM = 16

/**
 * A text after its name, in a column of its own. On a terminal, a text that is too long continues below its beginning, and
 * loses its colours.
 *
 * @param width Columns of the terminal. Default: those of stdout; undefined if it is none, and the text stays on one line.
 */
export function namedLine(name: string, text: string, indent: number, width = terminalWidth()): string {
  const room = Math.max(LEAST_ROOM, (width ?? Infinity) - indent)
  const length = characters(stripVTControlCharacters(text)).length
  const lines = length <= room ? [text] : wrapped(text, room)
  return lines.map((line, i) => (i === 0 ? name : '').padEnd(indent) + line).join('\n')
}
