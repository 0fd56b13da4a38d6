import { createReadStream } from 'node:fs'
import { open } from 'node:fs/promises'

/** The complete lines of a file that a download has begun. */
export interface Part {
  /** Length of the complete lines. What comes after them is half a line. */
  bytes: number
  lines: number
  lastLine: string
}

/** A part that has nothing yet. */
export const NOTHING: Part = { bytes: 0, lines: 0, lastLine: '' }

const [QUOTE, NEWLINE] = [0x22, 0x0a]

/** Reads how far a download has come. With `hasQuotes`, a line break between quotes ends no line, as in CSV. */
export async function readPart(path: string, hasQuotes: boolean): Promise<Part> {
  try {
    const [start, bytes, lines] = await findEnd(path, hasQuotes)
    return { bytes, lines, lastLine: await readText(path, start, bytes) }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return NOTHING
    throw error
  }
}

/** The last complete line begins and ends at these positions, and has this number. */
async function findEnd(path: string, hasQuotes: boolean): Promise<[start: number, end: number, lines: number]> {
  let [start, end, lines, position, isQuoted] = [0, 0, 0, 0, false]
  for await (const chunk of createReadStream(path) as AsyncIterable<Buffer>) {
    for (let i = 0; i < chunk.length; i += 1) {
      if (hasQuotes && chunk[i] === QUOTE) isQuoted = !isQuoted
      if (isQuoted || chunk[i] !== NEWLINE) continue
      ;[start, end, lines] = [end, position + i + 1, lines + 1]
    }
    position += chunk.length
  }
  return [start, end, lines]
}

async function readText(path: string, start: number, end: number): Promise<string> {
  if (end === start) return ''
  const file = await open(path)
  try {
    const { buffer } = await file.read(Buffer.alloc(end - start), 0, end - start, start)
    return buffer.toString('utf8').trimEnd()
  } finally {
    await file.close()
  }
}
