import { text } from 'node:stream/consumers'
import { CommandError, UsageError } from '../exit-codes.ts'

const [CTRL_C, CTRL_D, BACKSPACE, DELETE] = ['\u0003', '\u0004', '\b', '\u007F']

/**
 * Asks for a secret without showing it, or reads all of stdin if that is no terminal.
 *
 * @throws {CommandError} for Ctrl-C, and `UsageError` for nothing.
 */
export async function readSecret(question: string, { stdin, stderr }: NodeJS.Process): Promise<string> {
  const secret = stdin.isTTY ? await ask(question, stdin, stderr) : await text(stdin)
  if (secret.trim() === '') throw new UsageError('No API key was given.')
  return secret.trim()
}

async function ask(question: string, stdin: NodeJS.ReadStream, stderr: NodeJS.WriteStream): Promise<string> {
  // Before the question: what is typed after it must not be shown.
  stdin.setRawMode(true)
  stderr.write(question)
  try {
    return await readLine(stdin)
  } finally {
    stdin.setRawMode(false)
    stdin.pause()
    stderr.write('\n')
  }
}

async function readLine(stdin: NodeJS.ReadStream): Promise<string> {
  let line = ''
  for await (const part of stdin.setEncoding('utf8').iterator({ destroyOnReturn: false }) as AsyncIterable<string>) {
    for (const character of part) {
      if (character === CTRL_C) throw new CommandError('', 130)
      if (character === '\r' || character === '\n' || character === CTRL_D) return line
      line = character === BACKSPACE || character === DELETE ? line.slice(0, -1) : line + character
    }
  }
  return line
}
