import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import { join } from 'node:path'
import { seededRandom } from '@sluice/testing'
import { expect } from 'vitest'
import { cliTest, start } from './support/cli-test.ts'

const LINES = Number(process.env['CLI_LINES'] ?? 200_000)
const KILLS = Number(process.env['CLI_KILLS'] ?? 10)
const LONGEST_LIFE_MS = Number(process.env['CLI_LIFE_MS'] ?? 4000)

cliTest(
  'an upload that is killed at any moment and run again ends with exactly its tasks',
  { timeout: 1_800_000 },
  async ({ cli, api, folder }) => {
    const random = seededRandom(7)
    const path = join(folder, 'tasks.ndjson')
    const file = createWriteStream(path)
    for (let i = 0; i < LINES; i += 1) {
      const line = `{"key":"k${i}","type":"none","payload":{"id":${i},"text":"${'x'.repeat(40)}"}}\n`
      if (!file.write(line)) await once(file, 'drain')
    }
    file.end()
    await once(file, 'close')
    const args = ['run', path, '--code', 'upload', '--detach']

    for (let kill = 0; kill < KILLS; kill += 1) {
      const child = start(args, { env: { SLUICE_URL: api.url } })
      const timer = setTimeout(() => child.kill('SIGKILL'), 300 + random() * LONGEST_LIFE_MS)
      await once(child, 'close')
      clearTimeout(timer)
    }
    expect((await cli(args)).code).toBe(0)

    const { stdout } = await cli(['batch', 'get', 'code:upload', '--json'])
    expect(JSON.parse(stdout)).toMatchObject({ sealed: true, counts: { total: LINES } })
    const tail = await cli(['batch', 'task', 'code:upload', String(LINES - 1)])
    expect(JSON.parse(tail.stdout)).toMatchObject({ key: `k${LINES - 1}` })
  },
)
