import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { joinedLayout, layoutOf } from '../../src/download/layout.ts'
import { NOTHING, readPart } from '../../src/download/part.ts'

async function partOf(text: string, hasQuotes: boolean) {
  const folder = await mkdtemp(join(tmpdir(), 'sluice-part-'))
  try {
    await writeFile(join(folder, 'part'), text)
    return await readPart(join(folder, 'part'), hasQuotes)
  } finally {
    await rm(folder, { recursive: true })
  }
}

const HEADER = 'seq,key,state\n'

test.for([
  ['nothing', '', false, NOTHING],
  ['half a line', '{"seq":0,', false, NOTHING],
  ['a line and half a line', '{"seq":4}\n{"se', false, { bytes: 10, lines: 1, lastLine: '{"seq":4}' }],
  ['half a character', '{"k":"ü"}\n{"k":"\u00c3', false, { bytes: 11, lines: 1, lastLine: '{"k":"ü"}' }],
  [
    'a line break between quotes',
    `${HEADER}0,"a\n9,b""\n",x\n1,"c\n`,
    true,
    { bytes: 29, lines: 2, lastLine: '0,"a\n9,b""\n",x' },
  ],
] as const)('a part that ends with %s goes on after its last complete line', async ([, text, hasQuotes, expected]) => {
  expect(await partOf(text, hasQuotes)).toEqual(expected)
})

test('a file that does not exist has nothing', async () => {
  expect(await readPart('/nowhere/part', false)).toEqual(NOTHING)
})

test.for([
  [layoutOf('ndjson'), '', 0],
  [layoutOf('ndjson'), '{"seq":7}\n', 8],
  [layoutOf('csv'), HEADER, 0],
  [layoutOf('csv'), `${HEADER}3,"x\n12,y",z\n`, 4],
  [joinedLayout({ file: 'leads.csv', columns: [] }), 'name\n', 0],
  [joinedLayout({ file: 'leads.csv', columns: [] }), 'name\n"a\nb"\nc\n', 2],
] as const)('%o continues %o with its next task', async ([layout, text, seq]) => {
  expect(layout.nextSeq(await partOf(text, layout.format === 'csv'))).toBe(seq)
})
