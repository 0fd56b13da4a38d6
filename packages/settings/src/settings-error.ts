/** Everything that is wrong with a process's settings, so that whoever runs it corrects it in one go. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError'
  /** One sentence per problem, each starting with the setting's name. No secret values. */
  readonly problems: readonly string[]

  constructor(problems: readonly string[]) {
    super(`The settings cannot be used:\n${problems.map((problem) => `  ${problem}`).join('\n')}`)
    this.problems = problems
  }
}
