import { expect, test } from 'vitest'
import { printable } from '../../../src/http/errors/printable.ts'

test.each([
  ['x\r\n[12:00] INFO forged', String.raw`x\u000d\u000a[12:00] INFO forged`],
  ['\u001B[31mred\u009B0m', String.raw`\u001b[31mred\u009b0m`],
  ['\u0000\u007F\t', String.raw`\u0000\u007f\u0009`],
  ['abc\u202Efdp.exe', String.raw`abc\u202efdp.exe`],
  ['a\u200Bb\uFEFF\u2028\u2029', String.raw`a\u200bb\ufeff\u2028\u2029`],
  ['\uD800', String.raw`\ud800`],
  ['\u{E0001}', String.raw`\udb40\udc01`],
])('%j', (text, shown) => expect(printable(text)).toBe(shown))

test.each(['Batch "größe-漢字-😀" does not exist.', '', String.raw`a\b"c`])('%j stays', (text) =>
  expect(printable(text)).toBe(text),
)
