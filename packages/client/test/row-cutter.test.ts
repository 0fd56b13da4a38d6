import { seededRandom } from '@sluice/testing'
import { expect, test } from 'vitest'
import { RowCutter } from '../src/row-cutter.ts'

const NDJSON = '{"seq":0}\n\n{"seq":1,"key":"a\\"é"}\r\n{"seq":22}\n'
const CSV = 'seq,key\r\n0,"a\n9,b""\n"\r\n1,\r\n22,"é"\r\n3,"half'

test.for([
  ['ndjson', NDJSON, ['{"seq":0}\n', '\n', '{"seq":1,"key":"a\\"é"}\r\n', '{"seq":22}\n']],
  ['csv', CSV, ['seq,key\r\n', '0,"a\n9,b""\n"\r\n', '1,\r\n', '22,"é"\r\n']],
] as const)('%s that is cut anywhere becomes the same whole rows', ([format, text, rows]) => {
  const bytes = Buffer.from(text)
  const random = seededRandom(3)
  const ends = rows.map((_, i) => Buffer.byteLength(rows.slice(0, i + 1).join('')))

  for (let round = 0; round < 200; round += 1) {
    const cutter = new RowCutter(format)
    let read = 0
    for (let at = 0; at < bytes.length;) {
      const length = 1 + Math.floor(random() * 12)
      for (const block of cutter.push(bytes.subarray(at, at + length))) {
        expect(Buffer.from(block.bytes)).toEqual(bytes.subarray(read, read + block.bytes.length))
        expect([0, ...ends]).toContain(read + block.lastRow)
        read += block.bytes.length
        expect(ends).toContain(read)
        expect(ends[ends.indexOf(read) - 1] ?? 0).toBe(read - block.bytes.length + block.lastRow)
      }
      at += length
    }
    expect(read).toBe(ends.at(-1))
    expect(cutter.restBytes).toBe(bytes.length - read)
    expect(Buffer.from(cutter.end())).toEqual(bytes.subarray(read))
  }
})
