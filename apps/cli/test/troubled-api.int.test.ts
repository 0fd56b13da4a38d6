import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { join } from 'node:path'
import { readFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { Sluice } from '@sluice/client'
import { describe, expect } from 'vitest'
import { start } from './support/cli-test.ts'
import { proxyTest } from './support/proxy.ts'

const PATIENCE = { timeout: 180_000 }

const isUpload = ({ method, url = '' }: IncomingMessage) => method === 'POST' && /\/tasks\b/.test(url)

/** So many are sent in several requests. */
const ROWS = 12_000

describe('sluice run', PATIENCE, () => {
  proxyTest(
    'submits exactly its tasks when the API is killed with half a request and started again',
    async ({ api, file, proxyTo }) => {
      const sluice = new Sluice({ url: api.url })
      const readTotal = async () => (await sluice.batches.get('code:job')).counts.total
      let [uploads, heldAtDeath] = [0, 0]
      const url = await proxyTo(api.url, {
        async *passOn(request) {
          if (isUpload(request)) uploads += 1
          if (!isUpload(request) || uploads !== 2) return yield* request
          const before = await readTotal()
          let sent = 0
          for await (const part of request as AsyncIterable<Buffer>) {
            yield part
            if ((sent += part.length) < 1_500_000) continue
            // The API has kept a part of the request.
            await expect.poll(readTotal).toBeGreaterThan(before)
            heldAtDeath = (await readTotal()) - before
            await api.kill()
            throw new Error('The API was killed.')
          }
        },
      })
      const lines = Array.from({ length: ROWS }, (_, i) => `{"key":"k${i}","payload":"${'x'.repeat(1000)}"}\n`)
      const rows = await file('t.ndjson', lines.map((line) => line.replace('{', '{"type":"none",')).join(''))
      const child = start(['run', rows, '--code', 'job', '--detach'], { env: { SLUICE_URL: url } })
      let stderr = ''
      child.stderr.on('data', (part) => (stderr += String(part)))

      // It has tried more often than any other request is tried.
      await expect.poll(() => stderr, { timeout: 60_000 }).toContain('Trying again in')
      await api.start()
      await once(child, 'close')

      expect([child.exitCode, stderr]).toEqual([
        0,
        expect.stringContaining(`uploaded ${ROWS.toLocaleString('en')} tasks`),
      ])
      expect(heldAtDeath).toBeGreaterThan(0)
      const keys: string[] = []
      for await (const { key } of sluice.batches.results('code:job')) keys.push(key ?? '')
      expect(keys).toEqual(lines.map((_, i) => `k${i}`))
    },
  )

  proxyTest(
    'waits for an API that is slow, and sends nothing twice',
    async ({ api, cli, file, folder, proxyTo, startWorker, upstream }) => {
      await startWorker()
      const sent: string[] = []
      const url = await proxyTo(api.url, {
        async answer({ method, url: target = '' }) {
          if (method === 'POST') sent.push(target.replace(/b_?[0-9a-z]{8,}/i, ':id').replace(/\?.*/, ''))
          await sleep(700)
          return undefined
        },
        async *passOn(request) {
          for await (const part of request as AsyncIterable<Buffer>) {
            await sleep(20)
            yield part
          }
        },
      })
      const output = join(folder, 'out.ndjson')
      const rows = await file(
        'rows.csv',
        `id,text\n${Array.from({ length: 300 }, (_, i) => `${i},${'x'.repeat(9000)}\n`).join('')}`,
      )

      const { code } = await cli(
        ['run', rows, `--url=${upstream}/{{id}}`, '--body={"text":"{{text}}"}', '--key=id', `--output=${output}`],
        { env: { SLUICE_URL: url } },
      )

      expect(code).toBe(0)
      expect((await readFile(output, 'utf8')).match(/"state":"completed"/g)).toHaveLength(300)
      expect(sent).toHaveLength(2)
    },
  )

  proxyTest('submits nothing to an API of another major version', async ({ api, cli, file, proxyTo }) => {
    let version = '77.0.1'
    const url = await proxyTo(api.url, {
      answer: ({ url: target }) => Promise.resolve(target === '/version' ? JSON.stringify({ version }) : undefined),
    })
    const args = ['run', await file('t.ndjson', '{"type":"none","payload":1}\n'), '--detach']
    const env = { SLUICE_URL: url }

    const refused = await cli(args, { env })
    const batches = await cli(['batch', 'list', '--json'])
    const doctor = await cli(['doctor'], { env })
    version = '0.99.0'
    const accepted = await cli(args, { env })

    expect([refused.code, refused.stdout]).toEqual([1, ''])
    expect(refused.stderr).toMatch(
      /^sluice: The API has version 77\.0\.1, and this command line \d+\.\d+\.\d+\. Nothing was submitted\. Use @sluice\/cli@77 with this API\.\n$/,
    )
    expect(batches.stdout).toBe('[]\n')
    expect(doctor.stdout).toContain('! The API has version 77.0.1, and this command line')
    expect(accepted.code).toBe(0)
  })
})
