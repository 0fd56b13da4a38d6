import type { TObject } from 'typebox'
import { parseArguments, type ProgramOptions } from './options.ts'
import { describeSettings, type SettingDescription } from './describe-settings.ts'
import { type Environment, readSettings, type ReadSettingsOptions } from './read-settings.ts'
import type { Settings } from './setting-schema.ts'
import { SettingsError } from './settings-error.ts'

/** What a program is called, what it is for, and the settings it reads. */
export interface Program<Schema extends TObject> extends ReadSettingsOptions<Schema> {
  /** As it is started, e.g. `sluice-worker`. */
  name: string
  /** Its version, shown by `--version`. */
  version: string
  /** One sentence, shown by `--help`. */
  summary: string
  schema: Schema
  /** Options of the command line besides `--check-settings` and `--help`. Default: none. */
  options?: ProgramOptions
  /** Whether the program checks more than its settings after `--check-settings`, and then ends by itself. Default false. */
  checksMore?: boolean
}

/** The part of Node's `process` that starting a program needs. */
export interface Host {
  argv: readonly string[]
  env: Environment
  stdout: { write(text: string): unknown }
  stderr: { write(text: string): unknown }
  exit(code: number): never
}

const EXIT_INVALID = 2

/**
 * The first call of a program: returns the settings, or answers `--help`, `--version`, `--check-settings` and anything
 * wrong on the terminal and ends the process (0, or 2 when something is wrong).
 */
export function readSettingsOrExit<Schema extends TObject>(program: Program<Schema>, host: Host): Settings<Schema> {
  const { flags, problem } = parseArguments(host.argv.slice(2), program.options ?? {})
  if (problem !== undefined) return finish(host, 'stderr', `${program.name}: ${problem}; see --help`)
  if (flags.includes('--help')) return finish(host, 'stdout', helpText(program))
  if (flags.includes('--version')) return finish(host, 'stdout', `${program.name} ${program.version}`)
  const stray = flags.find((flag) => flag !== '--check-settings')
  if (stray !== undefined) return finish(host, 'stderr', `${program.name} does not know ${stray}; see --help`)

  const settings = readOrExplain(program, host)
  const isOver = isOnlyCheck(host) && program.checksMore !== true
  return isOver ? finish(host, 'stdout', 'The settings are in order.') : settings
}

/** Whether the program was started to check its settings only. */
export function isOnlyCheck({ argv }: Pick<Host, 'argv'>): boolean {
  return argv.includes('--check-settings')
}

/** Returns the value of an option. Undefined: it was not given. `readSettingsOrExit` has checked it. */
export function optionValue<Schema extends TObject>(
  { options = {} }: Pick<Program<Schema>, 'options'>,
  { argv }: Pick<Host, 'argv'>,
  name: string,
): string | undefined {
  return parseArguments(argv.slice(2), options).values[name]
}

/** The text of `--help`. */
export function helpText({
  name,
  summary,
  schema,
  options = {},
}: Pick<Program<TObject>, 'name' | 'summary' | 'schema' | 'options'>): string {
  const own = Object.entries(options)
  const settings = describeSettings(schema).map((setting) => describe(setting))
  return [
    summary,
    [
      `Usage: ${[name, ...own.map(([option, { value }]) => `[${option} ${value}]`), '[--check-settings | --version | --help]'].join(' ')}`,
      '  --check-settings  check the settings and stop',
      '  --version         show the version',
      '  --help            show this text',
      ...own.map(
        ([option, { value, choices, description }]) =>
          `  ${option} ${value}\n                    ${description}. ${value} is one of ${choices.join(', ')}.`,
      ),
    ].join('\n'),
    `Settings, read from environment variables (an empty one counts as unset):\n\n${settings.join('\n')}`,
  ].join('\n\n')
}

function describe(setting: SettingDescription): string {
  const fallback = setting.isRequired ? 'required' : `default: ${setting.default ?? 'none'}`
  return `  ${setting.name} (${fallback})\n      ${setting.description}\n      Must be ${setting.expects}.`
}

function readOrExplain<Schema extends TObject>(program: Program<Schema>, host: Host): Settings<Schema> {
  try {
    return readSettings(program.schema, host.env, program)
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error
    return finish(host, 'stderr', error.message)
  }
}

function finish(host: Host, stream: 'stdout' | 'stderr', text: string): never {
  host[stream].write(`${text}\n`)
  return host.exit(stream === 'stdout' ? 0 : EXIT_INVALID)
}
