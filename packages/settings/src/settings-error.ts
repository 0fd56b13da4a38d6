/** The settings of a process cannot be used. It names every problem, so that they can be corrected together. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError'
  /** One sentence per problem, each starting with the setting's name. No secret values. */
  readonly problems: readonly string[]

  constructor(problems: readonly string[]) {
    super(`The settings cannot be used:\n${problems.map((problem) => `  ${problem}`).join('\n')}`)
    this.problems = problems
  }
}
