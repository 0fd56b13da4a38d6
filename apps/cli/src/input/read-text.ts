import { createReadStream } from 'node:fs'
import { Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { UsageError } from '../exit-codes.ts'

/** `-` is stdin. */
export const STDIN = '-'

/**
 * Reads a file as text, a part at a time. A file that ends in `.gz` is decompressed, and a byte order mark is skipped.
 * Throws a `UsageError` for a file that is missing, binary, or not UTF-8.
 */
export async function* readText(file: string): AsyncGenerator<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true })
  let line = 1
  try {
    for await (const bytes of openFile(file)) {
      if (bytes.includes(0)) throw new UsageError(`${file} is not a text file: it has a byte 0 near line ${line}.`)
      const text = decoder.decode(bytes, { stream: true })
      yield text
      line += text.split('\n').length - 1
    }
    yield decoder.decode()
  } catch (error) {
    throw explain(error, file, line)
  }
}

function openFile(file: string): AsyncIterable<Buffer> {
  const source = file === STDIN ? process.stdin : createReadStream(file)
  if (!file.endsWith('.gz')) return source
  // An error of the source must end the stream that is read.
  const gunzip = createGunzip()
  source.on('error', (error: Error) => gunzip.destroy(error))
  return Readable.from(source).pipe(gunzip)
}

function explain(error: unknown, file: string, line: number): unknown {
  const { code } = error as NodeJS.ErrnoException
  if (code === 'ENOENT') return new UsageError(`There is no file ${file}.`)
  if (code === 'EISDIR' || code === 'EACCES') return new UsageError(`${file} cannot be read (${code}).`)
  if (code === 'ERR_ENCODING_INVALID_ENCODED_DATA') {
    return new UsageError(
      `${file}:${line}: the text is not UTF-8 here, or soon after. Convert the file, for example with iconv.`,
    )
  }
  return code?.startsWith('Z_') ? new UsageError(`${file} is not a gzip file, or is damaged (${code}).`) : error
}

/** Splits text into lines. Both LF and CRLF end a line. */
export async function* readLines(file: string): AsyncGenerator<string> {
  let rest = ''
  for await (const text of readText(file)) {
    const lines = (rest + text).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) yield line.endsWith('\r') ? line.slice(0, -1) : line
  }
  if (rest !== '') yield rest
}
