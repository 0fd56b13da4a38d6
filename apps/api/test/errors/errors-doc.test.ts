import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { STATUS_BY_KIND } from '../../src/errors/describe-error.ts'

const root = new URL('../../../../', import.meta.url)

const SOURCES = [
  'packages/engine/src/errors.ts',
  'apps/api/src/errors/api-errors.ts',
  'apps/api/src/errors/describe-error.ts',
  'apps/api/src/errors/error-handler.ts',
]

/** Code and status of every refusal, as the source says them. */
function refusalsInSource(): Map<string, number> {
  const source = SOURCES.map((path) => readFileSync(new URL(path, root), 'utf8')).join('\n')
  const classes = [...source.matchAll(/kind = '(\w+)'\n\s+readonly code = '(SLUICE_\w+)'/g)].map(
    ([, kind = '', code = '']): [string, number] => [code, STATUS_BY_KIND[kind as keyof typeof STATUS_BY_KIND]],
  )
  const literals = [...source.matchAll(/status: (\d+),\s+code: '(SLUICE_\w+)'/g)].map(
    ([, status, code = '']): [string, number] => [code, Number(status)],
  )
  expect(classes.length + literals.length).toBe(source.match(/code(?::| =) '/g)?.length)
  return new Map([...classes, ...literals])
}

/** Code and status of every section of the page. */
function refusalsInDocs(): Map<string, number> {
  const page = readFileSync(new URL('docs/errors.md', root), 'utf8')
  const sections = page.matchAll(
    /^### (SLUICE_\w+)\n\nStatus (\d+)\. .+\n(?:.+\n)*?Cause: .+\n(?:.+\n)*?Remedy: .+\n/gm,
  )
  return new Map([...sections].map(([, code = '', status]) => [code, Number(status)]))
}

test('docs/errors.md has a section with status, cause and remedy for every code, and for no other', () => {
  const inSource = refusalsInSource()

  const inDocs = refusalsInDocs()

  expect([...inDocs.keys()].toSorted()).toEqual([...inSource.keys()].toSorted())
  expect(Object.fromEntries(inDocs)).toEqual(Object.fromEntries(inSource))
  expect(inDocs.size).toBeGreaterThan(20)
})
