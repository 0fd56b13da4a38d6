import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

const execute = promisify(execFile)

/** A command that ended with another exit code than 0; the message holds the tail of what it said. */
class CommandFailedError extends Error {
  override readonly name = 'CommandFailedError'
}

/** Runs a command and returns its standard output. Throws `CommandFailedError`. */
export async function runCommand(
  [program, ...args]: readonly [string, ...string[]],
  env: Readonly<Record<string, string>> = {},
): Promise<string> {
  try {
    const options = { env: { ...process.env, ...env }, maxBuffer: 64 * 1024 ** 2 }
    const { stdout } = await execute(program, args, options)
    return stdout.trim()
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string }
    const tail = `${stdout}\n${stderr}`.trim().split('\n').slice(-40).join('\n')
    throw new CommandFailedError(`${[program, ...args].join(' ')} failed:\n${tail}`, { cause: error })
  }
}
