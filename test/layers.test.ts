import { readdirSync, readFileSync } from 'node:fs'
import { join, normalize } from 'node:path'
import { describe, expect, test } from 'vitest'

const root = join(import.meta.dirname, '..')

/**
 * Folders of each package from the bottom up: a folder imports only from folders before it in this list. Files at the top
 * of a package belong to no layer. `import/no-cycle` in .oxlintrc.json keeps circles of files out, type imports included.
 */
const LAYERS: Record<string, readonly string[]> = {
  'packages/engine': [
    'errors',
    'model',
    'scripts',
    'bullmq',
    'settings',
    'heartbeat',
    'api-key',
    'session',
    'audit',
    'tenant',
    'limit',
    'ticket',
    'task',
    'batch',
    'queue',
    'watch',
    'bulk',
    'detection',
    'turn',
    'maintenance',
  ],
  'packages/worker-kit': ['failure', 'http', 'limit', 'ticket', 'detection', 'testing'],
  'packages/contracts': ['schemas', 'operations'],
  'apps/dashboard': ['format', 'routing', 'data', 'parts', 'frame', 'pages', 'styles'],
  'apps/api': [
    'intake',
    'http',
    'dashboard',
    'auth',
    'audit',
    'gate',
    'api-keys',
    'sessions',
    'limits',
    'queues',
    'batches',
    'tasks',
    'bulk',
    'detections',
    'tenants',
    'fleet',
    'service',
  ],
}

function sourceFiles(source: string): string[] {
  return readdirSync(source, { recursive: true, encoding: 'utf8' }).filter((file) => /\.tsx?$/.test(file))
}

/** Imports between folders of a package, types included. */
function edgesOf(source: string): { file: string; from: string; to: string }[] {
  return sourceFiles(source).flatMap((file) => {
    const text = readFileSync(join(source, file), 'utf8')
    return [...text.matchAll(/from '(\.[^']+)'/g)].map(([, specifier = '']) => ({
      file,
      from: folderOf(file),
      to: folderOf(normalize(join(file, '..', specifier))),
    }))
  })
}

/** The folder at the top of a package that a file lies in; empty for a file at the top itself. */
function folderOf(file: string): string {
  return file.includes('/') ? (file.split('/')[0] ?? '') : ''
}

describe.each(Object.entries(LAYERS))('%s', (path, layers) => {
  const source = join(root, path, 'src')

  test('has no folder without a layer, and no layer without a folder', () => {
    const folders = readdirSync(source, { withFileTypes: true }).filter((entry) => entry.isDirectory())
    expect(folders.map(({ name }) => name).toSorted()).toEqual(layers.toSorted())
  })

  test('imports only downwards', () => {
    const upward = edgesOf(source)
      .filter(({ from, to }) => from !== '' && to !== '' && from !== to)
      .filter(({ from, to }) => layers.indexOf(to) > layers.indexOf(from))
    expect(upward).toEqual([])
  })
})
