import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { compileWithEach, findNodes, installPacked } from '@sluice/testing'
import { describe, expect, test } from 'vitest'

const run = promisify(execFile)

const USER_CODE = `
import { ApiError, Sluice, type Batch } from '@sluice/client'

const sluice = new Sluice({ url: 'http://127.0.0.1:9', maxRetries: 0 })

export async function submit(rows: Iterable<{ id: string; email: string }>): Promise<Batch> {
  function* tasks() {
    for (const { id, email } of rows) yield { key: id, payload: { url: \`https://api.example.com/p?q=\${email}\` } }
  }
  const run = await sluice.run({ queue: 'default', interruptionCriteria: { maxErrorRate: 0.2 }, tasks: tasks() })
  for await (const { key, result } of run.results({ state: 'completed' })) console.log(key, result)
  return await run.wait()
}

const failure: unknown = await sluice.batches.get('b').catch((error: unknown) => error)
if (failure instanceof ApiError && failure.code === 'SLUICE_CODE_TAKEN') console.log(failure.problem.batchId.length)
// @ts-expect-error: there is no such criterion
void (() => sluice.batches.create({ interruptionCriteria: { maxErrorRat: 1 } }))
// @ts-expect-error: the state is one of four
void (() => sluice.batches.list({ state: 'done' }))
console.log(failure instanceof Error ? failure.name : 'no error')
`

const TSCONFIG = {
  compilerOptions: {
    target: 'es2022',
    module: 'nodenext',
    lib: ['es2022', 'dom'],
    types: [],
    strict: true,
    exactOptionalPropertyTypes: true,
    noUncheckedIndexedAccess: true,
    skipLibCheck: false,
    outDir: 'dist',
  },
  include: ['*.ts'],
}

/** What the blocks of the README take for granted. */
const AMBIENT = `
declare const process: { env: Record<string, string | undefined> }
declare const orders: { id: string }[]
declare module 'node:fs' {
  export function createReadStream(path: string): AsyncIterable<Uint8Array>
}
declare module 'node:fs/promises' {
  export function open(path: string, flags: string): Promise<{ appendFile(bytes: Uint8Array): Promise<void> }>
}
`

const GIVEN = { sluice: "import('@sluice/client').Sluice", run: "import('@sluice/client').BatchRun" }

/** The code of this package's README and of the repository's, a program for each block. */
function readmePrograms(): string[] {
  const pages = ['../README.md', '../../../README.md'].map((path) =>
    readFileSync(new URL(path, import.meta.url), 'utf8'),
  )
  const page = pages.join('\n')
  return [...page.matchAll(/^```ts\n(.*?)^```/gms)].map(([, code = '']) => {
    const given = Object.entries(GIVEN).filter(([name]) => !code.includes(`const ${name} =`))
    return [...given.map(([name, type]) => `declare const ${name}: ${type}`), code, 'export {}'].join('\n')
  })
}

async function writeProject(folder: string): Promise<void> {
  await writeFile(join(folder, 'main.ts'), USER_CODE)
  await writeFile(join(folder, 'ambient.d.ts'), AMBIENT)
  for (const [i, program] of readmePrograms().entries()) await writeFile(join(folder, `readme-${i}.ts`), program)
  await writeFile(join(folder, 'tsconfig.json'), JSON.stringify(TSCONFIG))
}

describe('the packed client, installed outside the workspace', () => {
  test(
    'compiles with TypeScript 5.9, 6 and 7 without skipping declarations, with all code of the READMEs, and runs on Node 22 and this Node',
    { timeout: 300_000 },
    async ({ onTestFinished }) => {
      const folder = await mkdtemp(join(tmpdir(), 'sluice-client-'))
      onTestFinished(() => rm(folder, { recursive: true }))
      await installPacked(folder, ['client'])
      await writeProject(folder)

      expect(await compileWithEach(folder)).toBe('')
      for (const node of await findNodes()) {
        const { stdout } = await run(node, [join(folder, 'dist/main.js')])
        expect([node, stdout]).toEqual([node, 'ConnectionError\n'])
      }
    },
  )
})
