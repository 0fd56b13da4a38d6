import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'

/** Which packages each package may depend on. Apps never import apps, except that the API serves the dashboard; packages/testing and packages/bench are for development only. */
const ALLOWED: Record<string, readonly string[]> = {
  api: ['contracts', 'dashboard', 'engine', 'overload-gate', 'settings'],
  worker: ['engine', 'settings', 'worker-kit'],
  'mock-upstream': ['settings'],
  demo: ['client', 'settings'],
  cli: ['client'],
  dashboard: [],
  'worker-kit': ['engine', 'limit-detection'],
  engine: [],
  client: [],
  contracts: [],
  'limit-detection': [],
  'overload-gate': [],
  settings: [],
  testing: [],
  bench: ['engine', 'testing', 'worker-kit'],
}

/** What the build puts into one bundle, so that its manifest needs no dependencies at run time. */
const BUNDLED = new Set(['dashboard'])

const root = new URL('../', import.meta.url)

function packagesIn(folder: string): string[] {
  return readdirSync(new URL(folder, root), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => `${folder}/${entry.name}`)
}

function ours(dependencies: Record<string, string> = {}): string[] {
  return Object.keys(dependencies)
    .filter((name) => name.startsWith('@sluice/'))
    .map((name) => name.slice('@sluice/'.length))
    .toSorted()
}

const packages = [...packagesIn('packages'), ...packagesIn('apps')].map((path) => {
  const manifest = JSON.parse(readFileSync(new URL(`${path}/package.json`, root), 'utf8')) as {
    name: string
    dependencies?: Record<string, string>
    devDependencies?: Record<string, string>
  }
  return { name: manifest.name.slice('@sluice/'.length), path, manifest }
})

describe.each(packages)('$name', ({ name, path, manifest }) => {
  test('depends on no package that the table does not allow', () => {
    expect(Object.keys(ALLOWED)).toContain(name)
    expect(ALLOWED[name]).toEqual(expect.arrayContaining(ours(manifest.dependencies)))
  })

  test('needs nothing of ours beyond that for its tests, but packages/testing and what it is tested with', () => {
    const forTests = ours(manifest.devDependencies)
    expect(forTests.filter((dependency) => ALLOWED[dependency] === undefined)).toEqual([])
  })

  test('imports only what its manifest names, and from its own folder or by package name', () => {
    const bundled = BUNDLED.has(name) ? ours(manifest.devDependencies) : []
    const declared = new Set([...ours(manifest.dependencies), ...bundled, name])
    const imported = sourceFiles(`${path}/src`).flatMap(({ file, source }) =>
      [...source.matchAll(/from '(@sluice\/([a-z-]+)[^']*|\.\.?\/[^']*)'/g)].map(([, specifier, target]) => ({
        file,
        specifier,
        target,
      })),
    )

    const undeclared = imported.filter(({ target }) => target !== undefined && !declared.has(target))
    const outside = imported.filter(({ file, specifier }) => leavesPackage(file, path, specifier ?? ''))
    expect({ undeclared, outside }).toEqual({ undeclared: [], outside: [] })
  })
})

test('only the engine sends Redis commands and builds on BullMQ, which packages/bench is measured against', () => {
  const users = (library: string) =>
    packages
      .filter(({ path }) => sourceFiles(`${path}/src`).some(({ source }) => source.includes(`from '${library}'`)))
      .map(({ name }) => name)
      .toSorted()

  expect(users('ioredis')).toEqual(['engine', 'testing'])
  expect(users('bullmq')).toEqual(['bench', 'engine'])
})

function sourceFiles(folder: string): { file: string; source: string }[] {
  return readdirSync(new URL(folder, root), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.tsx?$/.test(entry.name))
    .map((entry) => `${entry.parentPath}/${entry.name}`)
    .map((file) => ({ file, source: readFileSync(file, 'utf8') }))
}

function leavesPackage(file: string, packagePath: string, specifier: string): boolean {
  if (!specifier.startsWith('.')) return false
  return !new URL(specifier, `file://${file}`).pathname.includes(`/${packagePath}/`)
}
