import type { TObject } from 'typebox'
import { Value } from 'typebox/value'
import { convertValue } from './convert-value.ts'
import { expectation } from './expectation.ts'
import { nearestName } from './nearest-name.ts'
import { redactValue } from './redact-value.ts'
import { type SettingSchema, type Settings, isRequired, settingEntries } from './setting-schema.ts'
import { SettingsError } from './settings-error.ts'

/** Environment variables by name, as in `process.env`. */
export type Environment = Readonly<Record<string, string | undefined>>

export interface ReadSettingsOptions<Schema extends TObject> {
  /** Names that start like this belong to the process, so one the schema does not know is refused. */
  prefix: string
  /** Names that belong to other processes of the installation, and are ignored. Default: none. */
  knownNames?: readonly string[]
  /** Beginnings of names that are left alone although they start with `prefix`. Default: none. */
  allowPrefixes?: readonly string[]
  /**
   * Finds what is wrong between settings: one sentence each, naming them and never quoting a secret. It is asked
   * only when each value fits by itself, as it could not trust them otherwise. Default: nothing to find.
   */
  check?: (settings: Settings<Schema>, env: Environment) => readonly string[]
}

/**
 * Reads a process's settings from its environment: converts, applies defaults, and returns them frozen. An empty
 * variable counts as unset.
 *
 * @throws {SettingsError} naming every problem at once.
 */
export function readSettings<Schema extends TObject>(
  schema: Schema,
  env: Environment,
  options: ReadSettingsOptions<Schema>,
): Settings<Schema> {
  const readings = settingEntries(schema).map(([name, setting]) => readSetting(schema, name, setting, env))
  const valueProblems = readings.flatMap(({ problem }) => problem ?? [])

  const present = readings.filter(({ value }) => value !== undefined)
  const settings = Object.freeze(
    Object.fromEntries(present.map(({ name, value }) => [name, value])),
  ) as Settings<Schema>
  const relationProblems = valueProblems.length === 0 ? (options.check?.(settings, env) ?? []) : []

  const problems = [...valueProblems, ...unknownNames(schema, env, options), ...relationProblems]
  if (problems.length > 0) throw new SettingsError(problems)
  return settings
}

interface Reading {
  name: string
  value?: unknown
  problem?: string
}

function readSetting(schema: TObject, name: string, setting: SettingSchema, env: Environment): Reading {
  const text = env[name] ?? ''
  if (text === '' && isRequired(schema, name))
    return { name, problem: `${name}: must be set to ${expectation(setting)}` }

  // The default is copied before it is frozen: the schema stays its author's.
  const value = text === '' ? structuredClone(setting.default) : convertValue(setting, text)
  if (value === undefined || Value.Check(setting, value)) return { name, value: Object.freeze(value) }

  const shown = text === '' ? `the default ${JSON.stringify(setting.default)}` : redactValue(name, text)
  return { name, problem: `${name}: must be ${expectation(setting)}, got ${shown}` }
}

function unknownNames(
  schema: TObject,
  env: Environment,
  { prefix, knownNames = [], allowPrefixes = [] }: Omit<ReadSettingsOptions<TObject>, 'check'>,
): string[] {
  const known = [...Object.keys(schema.properties), ...knownNames]
  return Object.keys(env)
    .filter((name) => env[name] !== undefined && name.startsWith(prefix) && !known.includes(name))
    .filter((name) => !allowPrefixes.some((allowed) => name.startsWith(allowed)))
    .toSorted()
    .map((name) => `${name}: unknown setting${suggestion(nearestName(name, known))}`)
}

function suggestion(nearest: string | undefined): string {
  return nearest === undefined ? '' : `, did you mean ${nearest}?`
}
