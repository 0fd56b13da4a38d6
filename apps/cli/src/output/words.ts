import { stripVTControlCharacters, styleText } from 'node:util'

/** A duration in the two largest units that say something: `1 h 5 min`, `3.2 s`. */
export function duration(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`
  // No unit shows as many as the next one has: 9.96 s is 10 s, and 59.7 s is 1 min.
  if (ms < 59_500) return `${(ms / 1000).toFixed(ms < 9950 ? 1 : 0)} s`
  const seconds = Math.round(ms / 1000)
  const [days, hours, minutes] = [
    Math.floor(seconds / 86_400),
    Math.floor(seconds / 3600) % 24,
    Math.floor(seconds / 60) % 60,
  ]
  const parts = [`${days} d`, `${hours} h`, `${minutes} min`, `${seconds % 60} s`]
  const first = parts.findIndex((part) => !part.startsWith('0 '))
  return parts
    .slice(first, first + 2)
    .filter((part) => !part.startsWith('0 '))
    .join(' ')
}

/** How long ago a time is. */
export function ago(time: string | null, now = Date.now()): string {
  return time === null ? '–' : `${duration(Math.max(0, now - Date.parse(time)))} ago`
}

export function count(number: number): string {
  return number.toLocaleString('en')
}

/** Text of others on a terminal: without control characters, on one line, cut to a length. */
export function oneLine(text: string, length: number): string {
  const plain = stripVTControlCharacters(text)
    .replace(/[\p{Cc}\p{Cf}\s]+/gu, ' ')
    .trim()
  const all = characters(plain)
  return all.length <= length ? plain : `${all.slice(0, Math.max(0, length - 1)).join('')}…`
}

/** Text of others on lines of a terminal, broken at spaces, and within words that are longer than a line. */
export function wrapped(text: string, width: number): string[] {
  const lines: string[] = []
  for (const word of oneLine(text, 1000).split(' ')) {
    const longer = `${lines.at(-1) ?? ''} ${word}`
    if (lines.length > 0 && characters(longer).length <= width) lines.splice(-1, 1, longer)
    else lines.push(...pieces(word, width))
  }
  return lines
}

function pieces(word: string, width: number): string[] {
  const all = characters(word)
  const length = Math.max(1, Math.ceil(all.length / width))
  return Array.from({ length }, (_, i) => all.slice(i * width, (i + 1) * width).join(''))
}

/** Columns of the terminal that stdout is; undefined if it is none. */
export function terminalWidth(): number | undefined {
  return process.stdout.isTTY ? process.stdout.columns : undefined
}

const segmenter = new Intl.Segmenter()

/** The characters of a text as people count them. */
export function characters(text: string): string[] {
  return Array.from(segmenter.segment(text), ({ segment }) => segment)
}

type Colour = 'green' | 'red' | 'yellow' | 'cyan' | 'dim' | 'bold'

/** Colours text if the stream is a terminal that wants colours (NO_COLOR, FORCE_COLOR). */
export function colour(name: Colour, text: string, stream: NodeJS.WriteStream): string {
  return styleText(name, text, { stream, validateStream: true })
}
