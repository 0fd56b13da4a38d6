import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { HandlersError, loadHandlers } from '../src/load-handlers.ts'

let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-handlers-'))
})

afterAll(() => rm(folder, { recursive: true }))

async function writeModule(name: string, source: string): Promise<string> {
  const path = join(folder, name)
  await writeFile(path, source)
  return path
}

const DOUBLE = 'export default { double: (n) => n * 2 }'

describe('a module of handlers', () => {
  test.for([
    ['JavaScript', 'handlers.mjs', DOUBLE],
    ['CommonJS', 'handlers.cjs', 'module.exports = { double: (n) => n * 2 }'],
    ['TypeScript', 'handlers.ts', 'export default { double: (n: number) => n * 2 }'],
  ] as const)('may be %s', async ([, name, source]) => {
    const handlers = await loadHandlers(await writeModule(name, source))

    expect(Object.keys(handlers)).toEqual(['double'])
    expect(handlers['double']?.(21, {} as never)).toBe(42)
  })

  test('is resolved from the working directory', async () => {
    const path = await writeModule('relative.mjs', DOUBLE)

    expect(Object.keys(await loadHandlers(relative(process.cwd(), path)))).toEqual(['double'])
  })

  test.for([
    ['cannot be parsed', 'export default {', /could not be loaded: ./],
    ['throws', 'throw new Error("no key")', /could not be loaded: no key$/],
    ['throws a string', 'throw "no key"', /could not be loaded: no key$/],
    ['imports a missing module', 'import "./gone.mjs"', /could not be loaded: .*gone\.mjs/],
    ['has no default export', 'export const work = () => {}', /must have a default export: an object of handlers/],
    ['exports a function', 'export default () => {}', /must have a default export: an object of handlers/],
    ['has a handler named http', 'export default { http: () => {} }', /the type "http" is built in/],
    ['exports null', 'export default null', /must have a default export: an object of handlers/],
    [
      'contains a string instead of a handler',
      'export default { work: "no" }',
      /the handler "work" must be a function; it is string\.$/,
    ],
  ] as const)('that %s is refused with a message that names the module', async ([problem, source, sentence]) => {
    const path = await writeModule(`${problem}.mjs`, source)

    const loading = loadHandlers(path)

    await expect(loading).rejects.toThrow(HandlersError)
    await expect(loading).rejects.toThrow(path)
    await expect(loading).rejects.toThrow(sentence)
  })

  test('that does not exist is refused', async () => {
    await expect(loadHandlers(join(folder, 'missing.mjs'))).rejects.toThrow(
      /missing\.mjs could not be loaded: Cannot find/,
    )
  })
})
