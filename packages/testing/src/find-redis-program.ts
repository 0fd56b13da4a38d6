import { access, constants } from 'node:fs/promises'
import { delimiter, join } from 'node:path'

/** The path of redis-server or valkey-server, whichever PATH has; undefined for neither. */
export async function findRedisProgram(): Promise<string | undefined> {
  const folders = (process.env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '')
  for (const name of ['redis-server', 'valkey-server']) {
    for (const folder of folders) {
      if (await isExecutable(join(folder, name))) return join(folder, name)
    }
  }
  return undefined
}

async function isExecutable(file: string): Promise<boolean> {
  try {
    await access(file, constants.X_OK)
    return true
  } catch {
    return false
  }
}
