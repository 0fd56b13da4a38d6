import { globSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { errorCodes, errorsOf, operations } from '@sluice/contracts'
import { expect, test } from 'vitest'
import { STATUS_BY_KIND } from '../../../src/http/errors/describe-error.ts'

const root = new URL('../../../../../', import.meta.url)

const SOURCES = [
  ...globSync('packages/engine/src/errors/*.ts', { cwd: fileURLToPath(root) }),
  'apps/api/src/auth/auth-errors.ts',
  'apps/api/src/sessions/oidc/oidc-errors.ts',
  'apps/api/src/intake/intake-errors.ts',
  'apps/api/src/http/errors/http-errors.ts',
  'apps/api/src/http/errors/describe-error.ts',
].map((path) => readFileSync(new URL(path, root), 'utf8'))

interface ErrorClass {
  name: string
  code: string
  status: number
}

/** Every class that carries a code. */
function errorClasses(): ErrorClass[] {
  const found = SOURCES.join('\n').matchAll(
    /class (\w+)Error extends \w+ \{\n\s+readonly (kind|status) = '?(\w+)'?\n\s+readonly code = '(SLUICE_\w+)'/g,
  )
  return [...found].map(([, name = '', field, value = '', code = '']) => ({
    name,
    code,
    status: field === 'status' ? Number(value) : STATUS_BY_KIND[value as keyof typeof STATUS_BY_KIND],
  }))
}

/** Codes of failures without a class. */
function literalCodes(): { code: string; status: number }[] {
  return [...SOURCES.join('\n').matchAll(/status: (\d+),\s+code: '(SLUICE_\w+)'/g)].map(([, status, code = '']) => ({
    code,
    status: Number(status),
  }))
}

/** Code and status of every section of the page. */
function documentedCodes(): Record<string, number> {
  const page = readFileSync(new URL('docs/errors.md', root), 'utf8')
  const sections = page.matchAll(
    /^### (SLUICE_\w+)\n\nStatus (\d+)\. .+\n(?:.+\n)*?Cause: .+\n(?:.+\n)*?Remedy: .+\n/gm,
  )
  return Object.fromEntries([...sections].map(([, code = '', status]) => [code, Number(status)]))
}

const statuses = Object.fromEntries(Object.entries(errorCodes).map(([code, { status }]) => [code, status]))

test('every code in the source has its status in the table, and the table has no other code', () => {
  const inSource = [...errorClasses(), ...literalCodes()]

  expect(inSource).toHaveLength(SOURCES.join('\n').match(/code(?::| =) '/g)?.length ?? 0)
  expect(Object.fromEntries(inSource.map(({ code, status }) => [code, status]))).toEqual(statuses)
})

test('the class of an error has the same words as its code', () => {
  const expected = errorClasses().map(({ name }) => `SLUICE${name.replaceAll(/[A-Z]/g, '_$&').toUpperCase()}`)

  expect(errorClasses().map(({ code }) => code)).toEqual(expected)
  expect(expected.length).toBeGreaterThan(25)
})

test('docs/errors.md has a section with status, cause and remedy for every code, and for no other', () => {
  expect(documentedCodes()).toEqual(statuses)
})

test('every code belongs to an operation, except those that no client of an operation can receive', () => {
  const answered = new Set(Object.values(operations).flatMap((operation) => errorsOf(operation)))

  const others = Object.keys(errorCodes).filter((code) => !(answered as Set<string>).has(code))

  expect(others).toEqual([
    'SLUICE_HEADERS_TOO_LARGE',
    'SLUICE_HEADERS_TOO_SLOW',
    'SLUICE_METHOD_NOT_ALLOWED',
    'SLUICE_REQUEST_MALFORMED',
    'SLUICE_ROUTE_NOT_FOUND',
    'SLUICE_UPLOAD_ABORTED',
  ])
})
