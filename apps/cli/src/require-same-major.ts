import { ApiError, type Sluice } from '@sluice/client'
import { CommandError } from './exit-codes.ts'

/**
 * Refuses an API of another major version, in which the same request may mean something else. A proxy may hide the version:
 * then nothing is known, and nothing refused.
 *
 * @throws {CommandError} with exit code 1.
 */
export async function requireSameMajor(sluice: Sluice, own: string, signal: AbortSignal): Promise<void> {
  const version = await readVersion(sluice, signal)
  if (version === undefined || majorOf(version) === majorOf(own)) return
  throw new CommandError(
    `The API has version ${version}, and this command line ${own}. Nothing was submitted. ` +
      `Use @sluice/cli@${majorOf(version)} with this API.`,
    1,
  )
}

async function readVersion(sluice: Sluice, signal: AbortSignal): Promise<string | undefined> {
  try {
    return (await sluice.service.version({ signal })).version
  } catch (error) {
    if (error instanceof ApiError) return undefined
    throw error
  }
}

function majorOf(version: string): string {
  return version.split('.', 1)[0] ?? ''
}
