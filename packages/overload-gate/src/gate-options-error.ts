/** Everything that is wrong with the options of the gate. The plugin refuses to be registered with it. */
export class GateOptionsError extends Error {
  override readonly name = 'GateOptionsError'
  readonly code = 'ERR_OVERLOAD_GATE_OPTIONS'
  /** One sentence per problem, each starting with the option's name. */
  readonly problems: readonly string[]

  constructor(problems: readonly string[]) {
    super(`The options of the overload gate cannot be used:\n${problems.map((problem) => `  ${problem}`).join('\n')}`)
    this.problems = problems
  }
}
