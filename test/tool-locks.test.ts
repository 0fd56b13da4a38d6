import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { parse } from 'yaml'

interface Lock {
  packages: Record<string, { version?: string; integrity?: string; resolved?: string }>
}

const read = (path: string) => readFileSync(new URL(`../${path}`, import.meta.url), 'utf8')

/** The packages of a tool that script/bootstrap, script/find-node-22 and the Dockerfile install. */
function packagesOf(tool: string) {
  const { packages } = JSON.parse(read(`script/tools/${tool}/package-lock.json`)) as Lock
  return Object.entries(packages).filter(([path]) => path !== '')
}

const { packageManager } = JSON.parse(read('package.json')) as { packageManager: string }
const [, pnpmVersion] = /^pnpm@([\d.]+)\+sha512\.[0-9a-f]{128}$/.exec(packageManager) ?? []

test.for([
  ['node', read('.node-version').trim()],
  ['pnpm', pnpmVersion],
  ['node-22', '22.23.5'],
] as const)('the lock file of %s has the hash of the version that the repository names', ([tool, version]) => {
  const packages = packagesOf(tool)

  expect(packages.length).toBe(2)
  for (const [, { version: locked, integrity, resolved }] of packages) {
    expect(locked).toBe(version)
    expect(integrity).toMatch(/^sha512-/)
    // Installs ask the registry that the machine is set up for.
    expect(resolved).toBeUndefined()
  }
})

test('every package of the workspace has the hash of what the registry gave', () => {
  const { packages } = parse(read('pnpm-lock.yaml')) as { packages: Record<string, { resolution: object }> }
  const resolutions = Object.values(packages).map(({ resolution }) => resolution)

  expect(resolutions.length).toBeGreaterThan(100)
  // A tarball or a commit would have another member.
  for (const resolution of resolutions) expect(resolution).toEqual({ integrity: expect.stringMatching(/^sha512-/) })
})

test.each(['script/bootstrap', 'Dockerfile'])('%s installs only what a lock file has the hash of', (path) => {
  const commands = read(path).match(/\b(?:npm|pnpm) (?:add|ci|dlx|i|install|update)\b(?! failed).*/g) ?? []

  expect(commands.map((command) => command.split(' ', 3).join(' '))).toEqual([
    expect.stringMatching(/^npm ci --/),
    'pnpm install --frozen-lockfile',
  ])
  expect(read(path)).not.toMatch(/\b(?:curl|wget)\b/)
})
