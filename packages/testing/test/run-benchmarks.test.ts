import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { startProcess } from '../src/index.ts'

const entry = new URL('support/programs/benchmarks.ts', import.meta.url)

/** Runs the benchmarks of these names, and returns how that ended and what was written. */
async function run(...args: string[]) {
  const cwd = await mkdtemp(join(tmpdir(), 'benchmarks-'))
  try {
    const program = await startProcess({ entry, args, cwd, ready: /\n/ })
    const { code } = await program.exited
    return { code, output: program.output, written: await readWritten(join(cwd, '.cache/bench')) }
  } finally {
    await rm(cwd, { recursive: true })
  }
}

async function readWritten(folder: string): Promise<Record<string, unknown>> {
  const files = await readdir(folder).catch(() => [])
  const texts = await Promise.all(files.map((file) => readFile(join(folder, file), 'utf8')))
  return Object.fromEntries(files.map((file, i) => [file, JSON.parse(texts[i] ?? '') as unknown]))
}

describe('benchmarks', () => {
  test('run by name, and write their rows', async () => {
    expect(await run('second')).toMatchObject({ code: 0, written: { 'second.json': [{ figure: 2 }] } })
  })

  test('run all when none is named, also those of another program', async () => {
    const { code, written } = await run()

    expect(code).toBe(0)
    expect(Object.keys(written).toSorted()).toEqual(['elsewhere.json', 'first.json', 'second.json'])
  })

  test('run not at all when one of the names is unknown', async () => {
    const { code, output, written } = await run('first', 'third')

    expect({ code, written }).toEqual({ code: 2, written: {} })
    expect(output).toContain('There is no benchmark third. There are: first, second, elsewhere.')
  })
})
