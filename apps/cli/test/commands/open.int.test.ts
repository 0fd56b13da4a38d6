import { chmod, readFile } from 'node:fs/promises'
import { delimiter } from 'node:path'
import { expect } from 'vitest'
import { cliTest } from '../support/cli-test.ts'

cliTest(
  'opens the dashboard or a batch in a browser, and prints the address without a desktop',
  async ({ cli, api, file, folder }) => {
    await cli(['batch', 'create', '--code', 'job'])
    const { id } = JSON.parse((await cli(['batch', 'get', 'code:job', '--json'])).stdout) as { id: string }
    // Stands for the program of a desktop.
    await chmod(await file('xdg-open', `#!/bin/sh\nprintf %s "$1" > '${folder}/opened'\n`), 0o755)
    const PATH = `${folder}${delimiter}${process.env['PATH']}`
    const desktop = { DISPLAY: ':0', PATH }

    const opened = await cli(['open', 'code:job'], { env: desktop })
    const none = await cli(['open'], { env: { DISPLAY: '', WAYLAND_DISPLAY: '', PATH } })
    const broken = await cli(['open'], { env: { DISPLAY: ':0', PATH: folder.slice(0, 4) } })
    const missing = await cli(['open', 'none'], { env: desktop })

    expect(opened).toEqual({ code: 0, stdout: '', stderr: `opened ${api.url}/ui/batches/${id}\n` })
    expect(await readFile(`${folder}/opened`, 'utf8')).toBe(`${api.url}/ui/batches/${id}`)
    for (const one of [none, broken]) expect(one).toEqual({ code: 0, stdout: `${api.url}/ui/\n`, stderr: '' })
    expect(missing.code).toBe(3)
  },
)
