/** Prints one line or several. */
export function say(text: string): void {
  process.stdout.write(`${text}\n`)
}
