/** The problem, if there is one. */
export function complain(isWrong: boolean, problem: string): string[] {
  return isWrong ? [problem] : []
}
