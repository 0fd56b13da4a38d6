import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { findNodes, installPacked } from '@sluice/testing'
import { expect } from 'vitest'
import { cliTest, inheritedEnvironment } from './support/cli-test.ts'

const run = promisify(execFile)

cliTest(
  'the packed command line runs outside the workspace, on Node 22 and this Node, and says what `dev` needs',
  { timeout: 180_000 },
  async ({ api, file, folder }) => {
    await installPacked(folder, ['cli', 'client'])
    const main = join(folder, 'node_modules/@sluice/cli/dist/main.js')
    const rows = await file('rows.csv', 'id\n1\n2\n3,\n')
    const env = { ...inheritedEnvironment(), SLUICE_URL: api.url }

    for (const [i, node] of (await findNodes()).entries()) {
      const cli = (...args: string[]) => run(node, [main, ...args], { env })
      const output = join(folder, `out-${i}.csv`)

      const { stdout } = await cli('--version')
      const submitted = await cli(
        'run',
        rows,
        '--type',
        'none',
        '--key',
        'id',
        '--skip-invalid',
        '--code',
        `job-${i}`,
        '--detach',
      )
      await cli('batch', 'results', `code:job-${i}`, '-o', output)
      const dev = await cli('dev').catch((error: { code: number; stderr: string }) => error)

      expect(stdout).toMatch(/^\d+\.\d+\.\d+\n$/)
      expect(submitted.stderr).toContain('uploaded 2 tasks\n1 row was left out')
      expect(submitted.stderr).not.toMatch(/warn/i)
      expect(await readFile(output, 'utf8')).toMatch(/^seq,key,state,.*\n0,1,pending,.*\n1,2,pending,.*\n$/)
      expect(dev).toMatchObject({ code: 2, stderr: expect.stringContaining('and run script/sluice dev there.') })
    }
  },
)
