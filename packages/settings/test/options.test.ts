import { expect, test } from 'vitest'
import { parseArguments } from '../src/options.ts'

const options = { '--create-key': { value: 'ROLE', choices: ['viewer', 'admin'], description: 'create a key' } }

test('takes options with their values out of the command line', () => {
  expect(parseArguments(['--help', '--create-key', 'admin', 'x'], options)).toEqual({
    flags: ['--help', 'x'],
    values: { '--create-key': 'admin' },
  })
  expect(parseArguments(['--create-key=viewer'], options)).toEqual({ flags: [], values: { '--create-key': 'viewer' } })
})

test.each([
  [['--create-key'], 'got nothing'],
  [['--create-key', 'root'], 'got "root"'],
  [['--create-key='], 'got nothing'],
])('%j has no value that fits', (args, problem) => {
  expect(parseArguments(args, options).problem).toBe(`--create-key must be one of viewer, admin, ${problem}`)
})

test('knows no option by the name of a property that every object has', () => {
  expect(parseArguments(['constructor'], options)).toEqual({ flags: ['constructor'], values: {} })
})
