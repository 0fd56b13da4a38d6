import { expect, test } from 'vitest'
import { Type } from 'typebox'
import { type Environment, type Host, type Program, readSettingsOrExit } from '../src/index.ts'

const schema = Type.Object({
  SLUICE_PORT: Type.Integer({ minimum: 0, maximum: 65_535, default: 3000, description: 'Where to listen.' }),
})

const program: Program<typeof schema> = {
  name: 'sluice-example',
  version: '1.2.3',
  summary: 'Shows how it is done.',
  prefix: 'SLUICE_',
  schema,
}

class Exit extends Error {}

/** Starts the program on a terminal that keeps what was printed. */
function start(flags: string[], env: Environment = {}) {
  const seen = { stdout: '', stderr: '', code: undefined as number | undefined, settings: undefined as unknown }
  const host = {
    argv: ['node', 'main.js', ...flags],
    env,
    stdout: { write: (text: string) => (seen.stdout += text) },
    stderr: { write: (text: string) => (seen.stderr += text) },
    exit: (code: number): never => {
      seen.code = code
      throw new Exit()
    },
  }
  try {
    seen.settings = readSettingsOrExit(program, host)
  } catch (error) {
    if (!(error instanceof Exit)) throw error
  }
  return seen
}

test('without a flag the program gets its settings and nothing is printed', () => {
  expect(start([], { SLUICE_PORT: '80' })).toEqual({
    stdout: '',
    stderr: '',
    code: undefined,
    settings: { SLUICE_PORT: 80 },
  })
})

test('--check-settings stops after good settings with 0', () => {
  expect(start(['--check-settings'])).toMatchObject({ code: 0, stdout: 'The settings are in order.\n' })
})

test.each([[[]], [['--check-settings']]])('wrong settings end the program with 2 (flags: %j)', (flags) => {
  const { code, stdout, stderr } = start(flags, { SLUICE_PORT: 'abc', SLUICE_PROT: '1' })

  expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
  expect(stderr).toBe(
    [
      'The settings cannot be used:',
      '  SLUICE_PORT: must be an integer from 0 to 65535, got "abc"',
      '  SLUICE_PROT: unknown setting, did you mean SLUICE_PORT?',
      '',
    ].join('\n'),
  )
})

test('--help explains program and settings, however wrong these are', () => {
  const { code, stdout } = start(['--help'], { SLUICE_PORT: 'abc' })

  expect(code).toBe(0)
  expect(stdout).toContain('Shows how it is done.')
  expect(stdout).toContain('sluice-example [--check-settings | --version | --help]')
  expect(stdout).toContain(
    '  SLUICE_PORT (default: 3000)\n      Where to listen.\n      Must be an integer from 0 to 65535.',
  )
})

test('an unknown flag is refused by name', () => {
  expect(start(['--port'])).toMatchObject({ code: 2, stderr: 'sluice-example does not know --port; see --help\n' })
})

test("Node's own process will do as the host", () => {
  const host: Host = process

  expect(readSettingsOrExit({ ...program, prefix: 'NONE_' }, { ...host, argv: ['node', 'main.js'] })).toBeDefined()
})
