import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'

/** The packages that a release publishes, and no others: docs/adr/0008-which-packages-are-published.md. */
const PUBLISHED = ['cli', 'client', 'contracts', 'engine', 'limit-detection', 'overload-gate', 'worker-kit']

const REPOSITORY = 'https://github.com/sluice-queue/sluice'

interface Manifest {
  name: string
  version: string
  private?: boolean
  description?: string
  license?: string
  homepage?: string
  bugs?: string
  repository?: { type: string; url: string; directory?: string }
  engines?: Record<string, string>
  files?: string[]
  publishConfig?: Record<string, unknown>
  dependencies?: Record<string, string>
}

const root = new URL('../', import.meta.url)

function readManifest(folder: string): Manifest {
  return JSON.parse(readFileSync(new URL(`${folder}package.json`, root), 'utf8')) as Manifest
}

const workspace = ['packages', 'apps'].flatMap((parent) =>
  readdirSync(new URL(parent, root)).map((name) => {
    const path = `${parent}/${name}`
    return { name, path, manifest: readManifest(`${path}/`) }
  }),
)
const published = workspace.filter(({ manifest }) => manifest.private !== true)

test('a release publishes what users import, and nothing else', () => {
  expect(published.map(({ name }) => name).toSorted()).toEqual(PUBLISHED)
})

test('all packages have one version', () => {
  expect(new Set(workspace.map(({ manifest }) => manifest.version)).size).toBe(1)
})

test('the root names the repository and is never published', () => {
  expect(readManifest('')).toMatchObject({
    private: true,
    homepage: `${REPOSITORY}#readme`,
    bugs: `${REPOSITORY}/issues`,
    repository: { type: 'git', url: `git+${REPOSITORY}.git` },
  })
})

test.each(workspace)('$path says what it is, where it is kept, and what it runs on', ({ name, path, manifest }) => {
  expect(manifest).toMatchObject({
    name: `@sluice/${name}`,
    description: expect.stringMatching(/^[A-Z].{20,119}\.$/),
    license: 'MIT',
    homepage: `${REPOSITORY}/tree/main/${path}#readme`,
    bugs: `${REPOSITORY}/issues`,
    repository: { type: 'git', url: `git+${REPOSITORY}.git`, directory: path },
    // These run where their users' code runs.
    engines: { node: ['cli', 'client'].includes(name) ? '>=22' : '>=24' },
  })
})

describe.each(published)('$path', ({ path, manifest }) => {
  test('carries its sources, its build and a README, and is published with provenance', () => {
    expect(manifest.files).toEqual(expect.arrayContaining(['dist', 'src', '!dist/*.tsbuildinfo']))
    expect(manifest.publishConfig).toEqual({ access: 'public', provenance: true })
    expect(existsSync(new URL(`${path}/README.md`, root))).toBe(true)
  })

  test('depends on no package that stays private', () => {
    const ours = Object.keys(manifest.dependencies ?? {}).filter((name) => name.startsWith('@sluice/'))
    expect(PUBLISHED).toEqual(expect.arrayContaining(ours.map((name) => name.slice('@sluice/'.length))))
  })
})
