import { seededRandom } from '@sluice/testing'
import { expect, test } from 'vitest'
import { type Line, LineSplitter } from '../../../src/intake/ndjson/line-splitter.ts'

const MAX_BYTES = 100

function split(pieces: readonly Buffer[], maxLineBytes = MAX_BYTES): Line[] {
  const splitter = new LineSplitter(maxLineBytes)
  return [...pieces.flatMap((piece) => splitter.push(piece)), ...splitter.end()]
}

function splitText(text: string): Line[] {
  return split([Buffer.from(text)])
}

function cutAtRandom(bytes: Buffer, random: () => number): Buffer[] {
  const pieces: Buffer[] = []
  for (let start = 0; start < bytes.length;) {
    const end = start + 1 + Math.floor(random() * 7)
    pieces.push(bytes.subarray(start, end))
    start = end
  }
  return pieces
}

test('reads the last line with and without a newline at its end', () => {
  expect(splitText('a\nb\n')).toEqual(['a', 'b'])
  expect(splitText('a\nb')).toEqual(['a', 'b'])
})

test('returns blank lines, because they are counted', () => {
  expect(splitText('\n\na\n\n')).toEqual(['', '', 'a', ''])
})

test('returns no line for no bytes', () => {
  expect(split([])).toEqual([])
})

test('returns the same lines wherever the network cuts them, even within a character', () => {
  const words = ['', 'a', 'é', '€uro', '😀', '{"payload":"日本語"}', 'x'.repeat(40), '\r']
  for (let seed = 1; seed <= 300; seed++) {
    const random = seededRandom(seed)
    const below = (limit: number) => Math.floor(random() * limit)
    const lines = Array.from({ length: 1 + below(20) }, () => words[below(words.length)] ?? '')
    const bytes = Buffer.from(`${lines.join('\n')}\n`)

    expect(split(cutAtRandom(bytes, random)), `seed ${seed}`).toEqual(lines)
  }
})

test('reports a line that is not UTF-8 and reads the lines around it', () => {
  const bytes = Buffer.concat([Buffer.from('good\n'), Buffer.from([0x62, 0xff, 0x0a]), Buffer.from('also good €\n')])

  expect(split([bytes])).toEqual(['good', { problem: 'is not UTF-8' }, 'also good €'])
})

test('reports an incomplete character at the end as not UTF-8', () => {
  expect(split([Buffer.from([0x61, 0xe2, 0x82])])).toEqual([{ problem: 'is not UTF-8' }])
})

test('gives a line up that grows too long before its end arrives', () => {
  const splitter = new LineSplitter(MAX_BYTES)

  expect(splitter.push(Buffer.from(`ok\n${'x'.repeat(MAX_BYTES)}`))).toEqual(['ok'])
  expect(splitter.push(Buffer.from('xx'))).toEqual([{ problem: 'is longer than 100 bytes' }])
  expect(splitter.push(Buffer.from('more\nand more\n'))).toEqual([])
  expect(splitter.end()).toEqual([])
})

test('accepts a line of the maximum length with a carriage return', () => {
  const line = `${'x'.repeat(MAX_BYTES)}\r`

  expect(split([Buffer.from(line), Buffer.from('\n')])).toEqual([line])
})

test('joins a line that arrives byte by byte', () => {
  const line = 'x'.repeat(2000)
  const pieces = [...Buffer.from(line)].map((byte) => Buffer.from([byte]))

  expect(split(pieces, 4000)).toEqual([line])
})
