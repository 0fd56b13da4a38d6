import { spawn, spawnSync } from 'node:child_process'
import { text } from 'node:stream/consumers'
import { COMMAND, inheritedEnvironment } from './cli-test.ts'

const NAMESPACE = ['--user', '--map-root-user', '--mount']

/** Whether this machine lets its users mount a disk that only they see. */
export const hasSmallDisks = spawnSync('unshare', [...NAMESPACE, 'mount', '-t', 'tmpfs', 'tmpfs', '/mnt']).status === 0

/**
 * Runs a script of the shell, in which `sluice` is the command line and `folder` a disk with room for 4 KB. `make_room` lets
 * the disk grow. Returns what the script prints.
 */
export async function runOnSmallDisk(
  script: string,
  { folder, env }: { folder: string; env: Record<string, string> },
): Promise<string> {
  const prelude = `
    sluice() { ${COMMAND.map((part) => `'${part}'`).join(' ')} "$@"; }
    make_room() { mount -o remount,size=64m "$folder"; }
    mount -t tmpfs -o size=4k tmpfs "$folder" || exit`
  const child = spawn('unshare', [...NAMESPACE, 'sh', '-c', `${prelude}\n${script}`], {
    env: { ...inheritedEnvironment(), ...env, folder },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  return await text(child.stdout)
}
