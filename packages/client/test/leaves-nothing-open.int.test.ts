import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { findNodes, installPacked } from '@sluice/testing'
import { expect } from 'vitest'
import { clientTest } from './support/client-test.ts'

const run = promisify(execFile)

/** Uses everything that opens a connection or sets a timer: to its end, broken off, aborted and refused. */
const PROGRAM = `
import { Sluice } from '@sluice/client'

const [url, upstream] = process.argv.slice(2)
const sluice = new Sluice({ url })

const run = await sluice.run({
  tasks: Array.from({ length: 200 }, (_, i) => ({ key: 'k' + i, payload: { url: upstream + '/' + i } })),
})
for await (const { state } of run.watch()) if (state === 'completed') console.log(state)
console.log((await run.wait()).counts.completed)
let bytes = 0
for await (const block of run.download({ format: 'csv' })) bytes += block.length
console.log(bytes > 0)
for await (const { key } of run.results()) {
  console.log(key)
  break
}
for await (const { id } of sluice.batches.list()) {
  console.log(id === run.id)
  break
}

const open = await sluice.batches.create({ sealed: false })
for await (const { state } of sluice.batches.watch(open.id)) {
  console.log(state)
  break
}
for await (const { kind } of sluice.events({ topics: ['workers'] })) {
  console.log(kind)
  break
}
const controller = new AbortController()
const waiting = sluice.batches.wait(open.id, { signal: controller.signal })
setTimeout(() => controller.abort(new Error('enough')), 100)
console.log(await waiting.catch(({ message }) => message))
console.log(await sluice.batches.get('nothing').catch(({ code }) => code))
const nowhere = new Sluice({ url: 'http://127.0.0.1:9', maxRetries: 1 })
console.log(await nowhere.batches.get('nothing').catch(({ name }) => name))

// It fires only if something else keeps the program running, and the timers of the client last longer.
setTimeout(() => {
  console.log('still open:', ...process.getActiveResourcesInfo())
  process.exit(1)
}, 15_000).unref()
`

clientTest(
  'a program that has used the packed client ends by itself, on Node 22 and this Node',
  { timeout: 180_000 },
  async ({ api, upstream, startWorker, onTestFinished }) => {
    await startWorker()
    const folder = await mkdtemp(join(tmpdir(), 'sluice-client-'))
    onTestFinished(() => rm(folder, { recursive: true }))
    await installPacked(folder, ['client'])
    await writeFile(join(folder, 'main.js'), PROGRAM)

    for (const node of await findNodes()) {
      const ended = await run(node, [join(folder, 'main.js'), api.url, upstream]).catch((error: unknown) => error)

      expect([node, ended]).toMatchObject([
        node,
        {
          stdout: `completed\n200\ntrue\nk0\ntrue\nactive\nsnapshot\nenough\nSLUICE_BATCH_NOT_FOUND\nConnectionError\n`,
        },
      ])
    }
  },
)
