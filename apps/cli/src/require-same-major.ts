import { ApiError, type Sluice, type Version } from '@sluice/client'
import { CommandError } from './exit-codes.ts'

/**
 * Refuses an API of another major version, in which the same request may mean something else, and returns what the API says
 * about itself. A proxy may hide that: then nothing is known, and nothing refused.
 *
 * @throws {CommandError} with exit code 1.
 */
export async function requireSameMajor(sluice: Sluice, own: string, signal: AbortSignal): Promise<Partial<Version>> {
  const found = await readVersion(sluice, signal)
  const { version } = found
  if (version === undefined || majorOf(version) === majorOf(own)) return found
  throw new CommandError(
    `The API has version ${version}, and this command line ${own}. Nothing was submitted. ` +
      `Use @sluice/cli@${majorOf(version)} with this API.`,
    1,
  )
}

async function readVersion(sluice: Sluice, signal: AbortSignal): Promise<Partial<Version>> {
  try {
    return await sluice.service.version({ signal })
  } catch (error) {
    if (error instanceof ApiError) return {}
    throw error
  }
}

function majorOf(version: string): string {
  return version.split('.', 1)[0] ?? ''
}
