import { compileWithEach, installPacked } from '@sluice/testing'
import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'

const run = promisify(execFile)

/** A handler and its test, as a user of TypeScript writes them. */
const PROGRAM = `
import { createHttpHandler, NonRetryableError, type Handlers } from '@sluice/worker-kit'
import { testAttempt, type TestedAttempt } from '@sluice/worker-kit/testing'

const handlers = {
  async double(payload, { settle, signal }) {
    if (typeof payload !== 'number') throw new NonRetryableError('The payload is no number.')
    settle({ tokens: signal.aborted ? 0 : 3 })
    return payload * 2
  },
} satisfies Handlers

const attempts: TestedAttempt[] = [
  await testAttempt(handlers.double, 21, { attempt: 2, key: 'k', retry: { maxAttempts: 2 } }),
  await testAttempt(handlers.double, 'x'),
  await testAttempt(createHttpHandler(), { url: 'http://127.0.0.1/' }),
]
for (const attempt of attempts) {
  if (attempt.kind === 'completed') console.log(attempt.result, attempt.limit.weights['tokens'])
  else if (attempt.kind !== 'aborted') console.log(attempt.kind, attempt.error.failureClass)
}
// @ts-expect-error: there is no such option
void (() => testAttempt(handlers.double, 1, { attempts: 2 }))
`

const TSCONFIG = {
  compilerOptions: {
    target: 'es2023',
    module: 'nodenext',
    types: ['node'],
    strict: true,
    exactOptionalPropertyTypes: true,
    noUncheckedIndexedAccess: true,
    skipLibCheck: false,
    outDir: 'dist',
  },
  include: ['*.ts'],
}

function blockOf(page: string, firstLine: string): string {
  const text = readFileSync(new URL(page, import.meta.url), 'utf8')
  return new RegExp(`\`\`\`js\n(// ${firstLine}[^]*?)\`\`\``).exec(text)?.[1] ?? ''
}

test(
  'the packed packages, installed outside the workspace, compile with TypeScript 5.9, 6 and 7, and test handlers without Redis',
  { timeout: 300_000 },
  async ({ onTestFinished }) => {
    const folder = await mkdtemp(join(tmpdir(), 'sluice-worker-kit-'))
    onTestFinished(() => rm(folder, { recursive: true }))
    await installPacked(folder, ['worker-kit', 'engine', 'limit-detection'], { types: ['node'] })
    await writeFile(join(folder, 'main.ts'), PROGRAM)
    await writeFile(join(folder, 'tsconfig.json'), JSON.stringify(TSCONFIG))
    await writeFile(join(folder, 'handlers.mjs'), blockOf('../README.md', 'handlers.mjs'))
    await writeFile(join(folder, 'handlers.test.mjs'), blockOf('../../../docs/handlers.md', 'handlers.test.mjs'))

    expect(await compileWithEach(folder)).toBe('')

    expect((await run(process.execPath, [join(folder, 'dist/main.js')])).stdout).toBe(
      '42 3\nfailed handler\nfailed invalid\n',
    )
    const { stdout } = await run(process.execPath, ['--test', '--test-reporter=tap', join(folder, 'handlers.test.mjs')])
    expect(stdout).toContain('# pass 2\n# fail 0\n')
  },
)
