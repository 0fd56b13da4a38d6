/** The options of the gate cannot be used. Registering the plugin fails with it. */
export class GateOptionsError extends Error {
  override readonly name = 'GateOptionsError'
  readonly code = 'ERR_OVERLOAD_GATE_OPTIONS'
  /** One sentence per problem, each beginning with the name of the option. */
  readonly problems: readonly string[]

  constructor(problems: readonly string[]) {
    super(`The options of the overload gate cannot be used:\n${problems.map((problem) => `  ${problem}`).join('\n')}`)
    this.problems = problems
  }
}
