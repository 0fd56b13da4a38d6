import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createReadStream, readdirSync, statSync } from 'node:fs'
import { readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { seededRandom, until } from '@sluice/testing'
import { expect } from 'vitest'
import { cliTest, start } from '../support/cli-test.ts'

const LINES = Number(process.env['CLI_LINES'] ?? 200_000)
const KILLS = Number(process.env['CLI_KILLS'] ?? 10)

async function hashOf(path: string): Promise<string> {
  const hash = createHash('sha256')
  for await (const bytes of createReadStream(path)) hash.update(bytes as Buffer)
  return hash.digest('hex')
}

/** Size of what is downloaded so far. */
function partBytes(folder: string): number {
  const part = readdirSync(folder).find((name) => name.endsWith('.part'))
  return part === undefined ? 0 : (statSync(join(folder, part), { throwIfNoEntry: false })?.size ?? 0)
}

cliTest(
  'a download that is killed at any byte and run again is the same as one that is not, byte for byte',
  { timeout: 1_800_000 },
  async ({ cli, api, folder }) => {
    const line = (i: number) => `{"key":"k${i},\\"é\\"","type":"none","payload":${i}}`
    const tasks = join(folder, 'tasks.ndjson')
    await writeFile(tasks, `${Array.from({ length: LINES }, (_, i) => line(i)).join('\n')}\n`)
    await cli(['run', tasks, '--code', 'job', '--detach'])
    await cli(['batch', 'cancel', 'code:job'])
    const random = seededRandom(11)

    for (const [name, header] of [
      ['out.ndjson', 0],
      ['out.csv', 1],
    ] as const) {
      const straight = join(folder, `straight-${name}`)
      await cli(['batch', 'results', 'code:job', '-o', straight])
      const { size } = statSync(straight)
      const args = ['batch', 'results', 'code:job', '-o', join(folder, name)]
      const kills = Array.from({ length: KILLS }, () => random() * size).toSorted((a, b) => a - b)
      for (const bytes of kills) {
        const child = start(args, { env: { SLUICE_URL: api.url } })
        const closed = once(child, 'close')
        await until(() => partBytes(folder) >= bytes || child.exitCode !== null, 120_000)
        child.kill('SIGKILL')
        await closed
        if (child.exitCode !== null) break
      }
      expect((await cli(args)).code).toBe(0)

      expect(await hashOf(join(folder, name))).toBe(await hashOf(straight))
      const count = spawn('wc', ['-l', join(folder, name)])
      const [counted] = (await once(count.stdout, 'data')) as [Buffer]
      expect(Number.parseInt(String(counted), 10)).toBe(LINES + header)
    }
    expect((await readdir(folder)).filter((name) => name.endsWith('.part'))).toEqual([])
  },
)
