import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

interface Lock {
  packages: Record<string, { version?: string; integrity?: string; resolved?: string }>
}

const read = (path: string) => readFileSync(new URL(`../${path}`, import.meta.url), 'utf8')

/** The packages of a tool that script/bootstrap and the Dockerfile install. */
function packagesOf(tool: string) {
  const { packages } = JSON.parse(read(`script/tools/${tool}/package-lock.json`)) as Lock
  return Object.entries(packages).filter(([path]) => path !== '')
}

const { packageManager } = JSON.parse(read('package.json')) as { packageManager: string }
const [, pnpmVersion] = /^pnpm@([\d.]+)\+sha512\.[0-9a-f]{128}$/.exec(packageManager) ?? []

test.for([
  ['node', read('.node-version').trim()],
  ['pnpm', pnpmVersion],
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
