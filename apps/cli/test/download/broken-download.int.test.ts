import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { existsSync, readdirSync, statSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { seededRandom, until } from '@sluice/testing'
import { describe, expect } from 'vitest'
import { start } from '../support/cli-test.ts'
import { proxyTest } from '../support/proxy.ts'

const ROWS = 30_000
const KILLS = 6

/** More than a row, or the names of the columns. */
const ROW_BYTES = 1000

/** A busy machine starts a dozen processes slowly. */
const PATIENCE = { timeout: 180_000 }

const fromSeqOf = ({ url = '' }: IncomingMessage) => Number(new URLSearchParams(url.split('?')[1]).get('fromSeq') ?? 0)

/**
 * A test with a finished batch, its results as a download that nothing disturbs saves them, and a download through a proxy
 * that passes on so many bytes of the answer and then holds it.
 */
const brokenTest = proxyTest
  .extend('batch', async ({ cli, file }) => {
    const tasks = Array.from({ length: ROWS }, (_, i) => `{"key":"k${i * 7919}é","type":"none","payload":${i}}\n`)
    await cli(['run', await file('t.ndjson', tasks.join('')), '--code', 'job', '--detach'])
    await cli(['batch', 'cancel', 'code:job'])
    return 'code:job'
  })
  .extend('proxied', async ({ api, proxyTo }) => {
    const limits = { bytes: Infinity }
    const seen = { bytes: 0, fromSeqs: [] as number[] }
    const url = await proxyTo(api.url, {
      async *passBack(response, request) {
        if (!request.url?.includes('/results')) return yield* response
        seen.fromSeqs.push(fromSeqOf(request))
        let left = limits.bytes
        for await (const part of response as AsyncIterable<Buffer>) {
          seen.bytes += part.length
          yield part.subarray(0, left)
          left -= part.length
          if (left <= 0) await once(request.socket, 'close')
        }
      },
    })
    return { url, limits, seen }
  })

function partOf(folder: string): string | undefined {
  return readdirSync(folder).find((name) => name.endsWith('.part'))
}

function partBytes(folder: string): number {
  const part = partOf(folder)
  return part === undefined ? 0 : (statSync(join(folder, part), { throwIfNoEntry: false })?.size ?? 0)
}

describe.each(['out.ndjson', 'out.csv'])('a download to %s', PATIENCE, (name) => {
  brokenTest('that Ctrl-C ends says how it goes on, and then does', async ({ cli, batch, folder, proxied }) => {
    const [output, straight] = [join(folder, name), join(folder, `straight-${name}`)]
    const env = { SLUICE_URL: proxied.url }
    await cli(['batch', 'results', batch, '-o', straight], { env })
    const args = ['batch', 'results', batch, '-o', output]
    proxied.limits.bytes = Math.floor(proxied.seen.bytes / 2)
    const child = start(args, { env })
    let stderr = ''
    child.stderr.on('data', (part) => (stderr += String(part)))
    const closed = once(child, 'close')
    await until(() => partBytes(folder) > ROW_BYTES, 60_000)

    child.kill('SIGINT')
    await closed

    const part = join(folder, partOf(folder) ?? 'none')
    expect([child.exitCode, stderr]).toEqual([
      130,
      `sluice: The next download continues ${part}, which has what was written.\n`,
    ])
    expect(existsSync(output)).toBe(false)
    const begun = await readFile(part)
    const whole = await readFile(straight)
    expect(begun.equals(whole.subarray(0, begun.length))).toBe(true)
    proxied.limits.bytes = Infinity
    const again = await cli(args, { env })
    expect([again.code, again.stderr]).toEqual([0, `the results are in ${output}\n`])
    expect(proxied.seen.fromSeqs.at(-1)).toBeGreaterThan(0)
    expect((await readFile(output)).equals(whole)).toBe(true)
    expect(partOf(folder)).toBeUndefined()
  })

  brokenTest('that is killed at random bytes is the same in the end', async ({ cli, batch, folder, proxied }) => {
    const [output, straight] = [join(folder, name), join(folder, `straight-${name}`)]
    const env = { SLUICE_URL: proxied.url }
    await cli(['batch', 'results', batch, '-o', straight], { env })
    const args = ['batch', 'results', batch, '-o', output]
    const random = seededRandom(7)
    const most = proxied.seen.bytes / KILLS

    for (let kill = 0; kill < KILLS; kill += 1) {
      // Together, they are less than all.
      proxied.limits.bytes = Math.floor(most * (0.5 + random() / 2))
      const before = partBytes(folder)
      const child = start(args, { env })
      const closed = once(child, 'close')
      await until(() => partBytes(folder) > before + ROW_BYTES || child.exitCode !== null, 60_000)
      child.kill('SIGKILL')
      await closed
      expect(child.signalCode).toBe('SIGKILL')
    }
    proxied.limits.bytes = Infinity
    const { code } = await cli(args, { env })

    expect(code).toBe(0)
    const fromSeqs = proxied.seen.fromSeqs.slice(1)
    expect(fromSeqs).toEqual(fromSeqs.toSorted((a, b) => a - b))
    expect(fromSeqs).toHaveLength(KILLS + 1)
    expect(fromSeqs.at(-1)).toBeGreaterThan(0)
    expect((await readFile(output)).equals(await readFile(straight))).toBe(true)
    expect(partOf(folder)).toBeUndefined()
  })
})
