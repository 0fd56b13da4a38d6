import { execFile } from 'node:child_process'
import { mkdir, readdir, readFile, realpath, symlink, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const run = promisify(execFile)

const root = fileURLToPath(new URL('../../../', import.meta.url))

/** The versions of TypeScript that our declarations must compile with. */
const COMPILERS = ['typescript-5', 'typescript-6', 'typescript']

/**
 * Packs packages of the workspace as a release does, and unpacks them into `node_modules` of a project outside of it, with
 * links to what they depend on. They must have been built. `types`: packages of `@types` that the project also has.
 */
export async function installPacked(
  folder: string,
  packages: readonly string[],
  { types = [] }: { types?: readonly string[] } = {},
): Promise<void> {
  for (const name of packages) await installOne(folder, join(root, name === 'cli' ? 'apps' : 'packages', name), name)
  for (const name of types) await link(folder, `@types/${name}`, join(root, 'node_modules/@types', name))
  await writeFile(join(folder, 'package.json'), JSON.stringify({ type: 'module' }))
}

async function installOne(folder: string, source: string, name: string): Promise<void> {
  await run('pnpm', ['pack', '--pack-destination', folder], { cwd: source })
  const tarball = (await readdir(folder)).find((file) => file.startsWith(`sluice-${name}-`)) ?? ''
  const target = join(folder, 'node_modules/@sluice', name)
  await mkdir(target, { recursive: true })
  await run('tar', ['-xzf', join(folder, tarball), '--strip-components=1', '-C', target])
  const { dependencies = {} } = JSON.parse(await readFile(join(target, 'package.json'), 'utf8')) as Manifest
  const others = Object.keys(dependencies).filter((dependency) => !dependency.startsWith('@sluice/'))
  for (const dependency of others) await link(folder, dependency, join(source, 'node_modules', dependency))
}

interface Manifest {
  dependencies?: Record<string, string>
}

async function link(folder: string, name: string, source: string): Promise<void> {
  const target = join(folder, 'node_modules', name)
  await mkdir(dirname(target), { recursive: true })
  await symlink(await realpath(source), target)
}

/** Compiles a project with each version of TypeScript, and returns what the first that complains says. */
export async function compileWithEach(folder: string): Promise<string> {
  const { resolve } = createRequire(import.meta.url)
  for (const compiler of COMPILERS) {
    const program = resolve(`${compiler}/package.json`).replace('package.json', 'bin/tsc')
    const { stdout } = await run(process.execPath, [program, '-p', folder]).catch((error: { stdout: string }) => error)
    if (stdout !== '') return `${compiler}: ${stdout}`
  }
  return ''
}

/** The programs of each major version of Node that published packages are for: this one, and `node-22` if PATH has it. */
export async function findNodes(): Promise<string[]> {
  const has22 = await run('node-22', ['--version']).then(
    () => true,
    () => false,
  )
  if (!has22)
    console.warn('SKIPPED: nothing is tested on Node 22, as node-22 is not on PATH. script/find-node-22 installs it.')
  return has22 ? [process.execPath, 'node-22'] : [process.execPath]
}
