import { runCommand } from './run-command.ts'

/** Why the stack cannot be run on this machine; undefined when it can. Images that are missing are pulled. */
export async function findObstacle(): Promise<string | undefined> {
  if (!(await succeeds(['docker', 'version']))) return 'no container engine answers'
  if (!(await succeeds(['docker', 'compose', 'version']))) return 'docker has no compose plugin'
  const images = [process.env['NODE_IMAGE'] ?? 'node:24-bookworm-slim', process.env['REDIS_IMAGE'] ?? 'redis:8']
  for (const image of images) {
    if (!(await hasImage(image))) return `the image ${image} is not here and cannot be pulled`
  }
  return undefined
}

async function hasImage(image: string): Promise<boolean> {
  return (await succeeds(['docker', 'image', 'inspect', image])) || (await succeeds(['docker', 'pull', image]))
}

async function succeeds(command: readonly [string, ...string[]]): Promise<boolean> {
  return await runCommand(command).then(
    () => true,
    () => false,
  )
}
