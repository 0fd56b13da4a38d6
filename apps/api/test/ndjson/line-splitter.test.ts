import { expect, test } from 'vitest'
import { type Line, LineSplitter } from '../../src/ndjson/line-splitter.ts'

const MAX_BYTES = 100

function split(pieces: readonly Buffer[], maxLineBytes = MAX_BYTES): Line[] {
  const splitter = new LineSplitter(maxLineBytes)
  return [...pieces.flatMap((piece) => splitter.push(piece)), ...splitter.end()]
}

function splitText(text: string): Line[] {
  return split([Buffer.from(text)])
}

/** A repeatable source of chance, so that a failure can be looked into. */
function createRandom(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
}

function cutAtRandom(bytes: Buffer, random: (below: number) => number): Buffer[] {
  const pieces: Buffer[] = []
  for (let start = 0; start < bytes.length;) {
    const end = start + 1 + random(7)
    pieces.push(bytes.subarray(start, end))
    start = end
  }
  return pieces
}

test('the last line counts with and without a newline at its end', () => {
  expect(splitText('a\nb\n')).toEqual(['a', 'b'])
  expect(splitText('a\nb')).toEqual(['a', 'b'])
})

test('blank lines are lines: whoever counts must see them', () => {
  expect(splitText('\n\na\n\n')).toEqual(['', '', 'a', ''])
})

test('nothing has no lines', () => {
  expect(split([])).toEqual([])
})

test('lines are the same wherever the network cuts them, also in the middle of a character', () => {
  const words = ['', 'a', 'é', '€uro', '😀', '{"payload":"日本語"}', 'x'.repeat(40), '\r']
  for (let seed = 1; seed <= 300; seed++) {
    const random = createRandom(seed)
    const lines = Array.from({ length: 1 + random(20) }, () => words[random(words.length)] ?? '')
    const bytes = Buffer.from(`${lines.join('\n')}\n`)

    expect(split(cutAtRandom(bytes, random)), `seed ${seed}`).toEqual(lines)
  }
})

test('a line that is not UTF-8 is named, its neighbours are read', () => {
  const bytes = Buffer.concat([Buffer.from('good\n'), Buffer.from([0x62, 0xff, 0x0a]), Buffer.from('also good €\n')])

  expect(split([bytes])).toEqual(['good', { problem: 'is not UTF-8' }, 'also good €'])
})

test('half a character at the very end is not UTF-8', () => {
  expect(split([Buffer.from([0x61, 0xe2, 0x82])])).toEqual([{ problem: 'is not UTF-8' }])
})

test('a line that grows too long is given up before its end arrives', () => {
  const splitter = new LineSplitter(MAX_BYTES)

  expect(splitter.push(Buffer.from(`ok\n${'x'.repeat(MAX_BYTES)}`))).toEqual(['ok'])
  expect(splitter.push(Buffer.from('xx'))).toEqual([{ problem: 'is longer than 100 bytes' }])
  expect(splitter.push(Buffer.from('more\nand more\n'))).toEqual([])
  expect(splitter.end()).toEqual([])
})

test('a line of the greatest length and a carriage return are let through', () => {
  const line = `${'x'.repeat(MAX_BYTES)}\r`

  expect(split([Buffer.from(line), Buffer.from('\n')])).toEqual([line])
})

test('a line that arrives byte by byte is joined', () => {
  const line = 'x'.repeat(2000)
  const pieces = [...Buffer.from(line)].map((byte) => Buffer.from([byte]))

  expect(split(pieces, 4000)).toEqual([line])
})
