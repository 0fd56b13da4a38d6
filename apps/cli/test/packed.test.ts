import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { installPacked } from '@sluice/testing'
import { expect, test } from 'vitest'

const run = promisify(execFile)

test('the packed command line runs outside the workspace, and says what `dev` needs', async ({ onTestFinished }) => {
  const folder = await mkdtemp(join(tmpdir(), 'sluice-packed-cli-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  await installPacked(folder, ['cli', 'client'])
  const main = join(folder, 'node_modules/@sluice/cli/dist/main.js')

  const { stdout } = await run(process.execPath, [main, '--version'])
  const dev = await run(process.execPath, [main, 'dev']).catch((error: { code: number; stderr: string }) => error)

  expect(stdout).toMatch(/^\d+\.\d+\.\d+\n$/)
  expect(dev).toMatchObject({ code: 2, stderr: expect.stringContaining('and run script/sluice dev there.') })
})
