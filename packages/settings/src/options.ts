/** An option of the command line that takes one of several words. */
export interface ProgramOption {
  /** What `--help` calls its value: `ROLE`. */
  value: string
  choices: readonly string[]
  /** What it does, as `--help` shows it. */
  description: string
}

/** The options of a program by their name, such as `--create-key`. */
export type ProgramOptions = Readonly<Record<string, ProgramOption>>

/** A command line without its options. */
export interface ParsedArguments {
  /** What is left: flags without a value. */
  flags: string[]
  /** The value of each option that was given. */
  values: Readonly<Record<string, string>>
  /** Why an option cannot be used. Undefined: nothing is wrong. */
  problem?: string
}

/** Takes the options out of a command line. A value follows its option, or an equals sign. */
export function parseArguments(args: readonly string[], options: ProgramOptions): ParsedArguments {
  const flags: string[] = []
  const values: Record<string, string> = {}
  for (let i = 0; i < args.length; i += 1) {
    const [name = '', inline] = (args[i] ?? '').split('=', 2)
    const option = Object.hasOwn(options, name) ? options[name] : undefined
    if (option === undefined) {
      flags.push(args[i] ?? '')
      continue
    }
    const value = inline ?? args[(i += 1)] ?? ''
    if (!option.choices.includes(value)) return { flags, values, problem: problemOf(name, option, value) }
    values[name] = value
  }
  return { flags, values }
}

function problemOf(name: string, { choices }: ProgramOption, value: string): string {
  const given = value === '' ? 'nothing' : JSON.stringify(value.slice(0, 100))
  return `${name} must be one of ${choices.join(', ')}, got ${given}`
}
