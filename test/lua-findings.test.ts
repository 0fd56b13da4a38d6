import { expect, test } from 'vitest'
import { assembleScript, locateFindings } from '../script/lua-findings.ts'

const files: Record<string, string> = {
  'seal.lua': '-- Seals.\n--- @include "lib/clock"\nreturn now()\n',
  'cancel.lua': '--- @include "lib/clock"\nreturn later()\n',
  'lib/clock.lua': 'local function now() end\nlocal function later() end\n',
}
const scripts = ['seal.lua', 'cancel.lua'].map((file) => assembleScript(file, (path) => files[path] ?? ''))

test('a script is assembled with its libraries in the place of the lines that include them', () => {
  expect(scripts[0]).toEqual({
    file: 'seal.lua',
    source: '-- Seals.\nlocal function now() end\nlocal function later() end\nreturn now()\n',
    origins: [
      { file: 'seal.lua', line: 1 },
      { file: 'lib/clock.lua', line: 1 },
      { file: 'lib/clock.lua', line: 2 },
      { file: 'seal.lua', line: 3 },
    ],
  })
})

test('a finding names the line that was written', () => {
  const report = "seal.lua:4:8-10: (W113) accessing undefined variable 'now'\n\nTotal: 1 warning / 0 errors\n"

  expect(locateFindings(report, scripts)).toEqual(["seal.lua:3:8-10: (W113) accessing undefined variable 'now'"])
})

test('a finding in a library is reported once, with the scripts that it was found in', () => {
  const report = "seal.lua:2:1-3: (W113) accessing 'x'\ncancel.lua:1:1-3: (W113) accessing 'x'\n"

  expect(locateFindings(report, scripts)).toEqual(["lib/clock.lua:1:1-3: (W113) accessing 'x' in seal.lua, cancel.lua"])
})

test('what a library defines is unused only if no script uses it', () => {
  const unusedInOne = "seal.lua:3:16-20: (W211) unused function 'later'\n"
  const unusedInBoth = `${unusedInOne}cancel.lua:2:16-20: (W211) unused function 'later'\n`

  expect(locateFindings(unusedInOne, scripts)).toEqual([])
  expect(locateFindings(unusedInBoth, scripts)).toHaveLength(1)
})

test('what a script defines for itself and does not use is a finding', () => {
  expect(locateFindings("seal.lua:4:7-9: (W211) unused variable 'x'\n", scripts)).toHaveLength(1)
})
