import { once } from 'node:events'
import { request } from 'node:http'
import { ANONYMOUS_API, freePort, redisTest, startProcess } from '@sluice/testing'
import { expect, onTestFinished } from 'vitest'

const entry = new URL('../src/main.ts', import.meta.url)
const MEGABYTE = 1024 * 1024

/** With a large heap, garbage would be collected late and hide a leak. */
const SMALL_HEAP = '--max-old-space-size=64 --max-semi-space-size=8'

/** Streams tasks as fast as the API accepts them, and calls `look` repeatedly. */
async function upload(url: string, count: number, look: () => Promise<void>): Promise<unknown> {
  const headers = { 'content-type': 'application/x-ndjson' }
  const outgoing = request(url, { method: 'POST', headers })
  const answered = once(outgoing, 'response')
  for (let sent = 0; sent < count; sent += 1000) {
    if (!outgoing.write(block(sent))) await once(outgoing, 'drain')
    if (sent % 50_000 === 0) await look()
  }
  outgoing.end()
  const [response] = (await answered) as [AsyncIterable<Buffer>]
  let text = ''
  for await (const bytes of response) text += bytes.toString()
  return JSON.parse(text)
}

/** A thousand tasks of some 230 bytes. */
function block(from: number): string {
  const padding = 'x'.repeat(150)
  return Array.from(
    { length: 1000 },
    (_, i) => `{"key":"${from + i}","payload":{"url":"https://example.com/orders/${from + i}","text":"${padding}"}}\n`,
  ).join('')
}

async function readGauge(baseUrl: string, name: string): Promise<number> {
  const text = await (await fetch(`${baseUrl}/metrics`)).text()
  return Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1])
}

redisTest('accepts a million tasks in one upload with flat memory', async ({ redisUrl, prefix }) => {
  const port = await freePort()
  const baseUrl = `http://127.0.0.1:${port}`
  const api = await startProcess({
    entry,
    env: {
      ...ANONYMOUS_API,
      NODE_OPTIONS: SMALL_HEAP,
      SLUICE_PORT: String(port),
      SLUICE_REDIS_URL: redisUrl,
      SLUICE_KEY_PREFIX: prefix,
      SLUICE_LOG_LEVEL: 'warn',
    },
    ready: `${baseUrl}/readyz`,
  })
  onTestFinished(() => api.kill().then(() => undefined))
  const createBatch = async () => {
    const headers = { 'content-type': 'application/json' }
    const response = await fetch(`${baseUrl}/v1/batches`, { method: 'POST', headers, body: '{}' })
    return `${baseUrl}/v1/batches/${((await response.json()) as { id: string }).id}/tasks`
  }
  const memory: number[] = []
  const look = async () => {
    memory.push(await readGauge(baseUrl, 'process_resident_memory_bytes'))
  }
  // Code and heap reach their size once under load.
  await upload(await createBatch(), 200_000, look)
  const warm = Math.max(...memory.splice(0))
  const start = performance.now()

  const result = await upload(await createBatch(), 1_000_000, look)

  const seconds = (performance.now() - start) / 1000
  const growth = Math.max(...memory) - warm
  console.log(`${Math.round(1_000_000 / seconds).toLocaleString('en')} tasks a second over HTTP`)
  console.log(`memory ${Math.round(warm / MEGABYTE)} MB, then ${(growth / MEGABYTE).toFixed(1)} MB more at most`)
  expect(result).toEqual({ accepted: 1_000_000, skipped: 0, total: 1_000_000 })
  expect(memory).toHaveLength(20)
  // The tasks alone are 230 MB.
  expect(growth).toBeLessThan(40 * MEGABYTE)
})
