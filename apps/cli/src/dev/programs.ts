import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { access, constants } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { UsageError } from '../exit-codes.ts'

type Env = Readonly<Record<string, string | undefined>>
type Command = [program: string, ...args: string[]]

const REPOSITORY = 'https://github.com/sluice-queue/sluice'

/**
 * The command of one of the server processes. They are not published, so only the command line of a clone has them beside
 * itself.
 *
 * @throws {UsageError} if they are not there.
 */
export function appCommand(app: 'api' | 'worker' | 'mock-upstream'): Command {
  const isSource = import.meta.url.endsWith('.ts')
  const entry = new URL(`../../../${app}/${isSource ? 'src/main.ts' : 'dist/main.js'}`, import.meta.url)
  if (!existsSync(entry)) {
    throw new UsageError(
      'sluice dev starts the API and workers of a clone of Sluice, and this command line comes without them. ' +
        `Clone ${REPOSITORY}, and run script/sluice dev there.`,
    )
  }
  return [process.execPath, ...(isSource ? ['--conditions=@sluice/source'] : []), fileURLToPath(entry)]
}

/** The folder with `sluice` for a shell. Undefined for a command line that npm has installed. */
export function scriptFolder(): string | undefined {
  const folder = fileURLToPath(new URL('../../../../script', import.meta.url))
  return existsSync(join(folder, 'sluice')) ? folder : undefined
}

/**
 * The command of a Redis at a port of this machine that keeps its data in a folder: redis-server or valkey-server of
 * PATH, or an image (REDIS_IMAGE) that a container engine has.
 *
 * @throws {UsageError} if there is none.
 */
export async function redisCommand(env: Env, { port, folder }: { port: number; folder: string }): Promise<Command> {
  const args = ['--save', '', '--appendonly', 'yes', '--loglevel', 'warning']
  const program = await findOnPath(env, ['redis-server', 'valkey-server'])
  if (program !== undefined) return [program, '--port', String(port), '--bind', '127.0.0.1', '--dir', folder, ...args]
  const image = env['REDIS_IMAGE'] ?? 'redis:8'
  if (!(await hasImage(image))) {
    throw new UsageError(
      'No Redis was found. Install redis-server or valkey-server, or start a container engine that has the image ' +
        `${image} (docker pull ${image}).`,
    )
  }
  const own = ['--rm', '--publish', `127.0.0.1:${port}:6379`, '--volume', `${folder}:/data`]
  return ['docker', 'run', ...own, image, 'redis-server', '--protected-mode', 'no', ...args]
}

async function findOnPath(env: Env, names: readonly string[]): Promise<string | undefined> {
  const folders = (env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '')
  for (const file of names.flatMap((name) => folders.map((folder) => join(folder, name)))) {
    const isExecutable = await access(file, constants.X_OK).then(
      () => true,
      () => false,
    )
    if (isExecutable) return file
  }
  return undefined
}

function hasImage(image: string): Promise<boolean> {
  return promisify(execFile)('docker', ['image', 'inspect', image]).then(
    () => true,
    () => false,
  )
}
