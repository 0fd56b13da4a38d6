import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { PassThrough } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import type { FastifyRequest } from 'fastify'
import { expect, test } from 'vitest'
import { readBody } from '../../../src/http/bodies/read-body.ts'
import { BodyBudget } from '../../../src/intake/body-budget.ts'
import { BodyTooSlowError, OverloadedError } from '../../../src/intake/intake-errors.ts'

function requestWith(budget: BodyBudget, headers: Record<string, string> = {}): FastifyRequest {
  return { headers, bodyShare: budget.open() } as unknown as FastifyRequest
}

const limits = { maxBytes: 10_000_000, timeoutMs: 60_000 }

test('returns the bytes of a body in their order, however they are cut', async () => {
  const stream = new PassThrough()
  const bytes = Buffer.from(Array.from({ length: 50_000 }, (_, i) => i % 251))
  const body = readBody(requestWith(new BodyBudget(100_000)), stream, limits)

  for (let at = 0; at < bytes.length; at += 1 + (at % 997)) stream.write(bytes.subarray(at, at + 1 + (at % 997)))
  stream.end()

  expect((await body).equals(bytes)).toBe(true)
})

test('keeps no more than twice its bytes of a body that arrives byte by byte', async () => {
  setFlagsFromString('--expose-gc')
  const collectGarbage = runInNewContext('gc') as () => void
  const used = () => {
    collectGarbage()
    const { heapUsed, arrayBuffers } = process.memoryUsage()
    return heapUsed + arrayBuffers
  }
  const stream = new PassThrough({ highWaterMark: 1 })
  const body = readBody(requestWith(new BodyBudget(10_000_000)), stream, limits)
  const before = used()

  for (let i = 0; i < 1_000_000; i += 1) stream.emit('data', Buffer.from([i % 256]))
  const grown = used() - before
  stream.emit('end')

  expect(await body).toHaveLength(1_000_000)
  expect(grown).toBeLessThan(10_000_000)
})

test('refuses a body that exceeds its limit, before it arrives if it says so', async () => {
  const budget = new BodyBudget(100_000)
  const stream = new PassThrough()
  const declared = readBody(requestWith(budget, { 'content-length': '1001' }), stream, { ...limits, maxBytes: 1000 })
  await expect(declared).rejects.toMatchObject({ code: 'FST_ERR_CTP_BODY_TOO_LARGE' })

  const body = readBody(requestWith(budget), stream, { ...limits, maxBytes: 1000 })
  stream.write('x'.repeat(600))
  stream.write('x'.repeat(600))

  await expect(body).rejects.toMatchObject({ code: 'FST_ERR_CTP_BODY_TOO_LARGE' })
})

test('refuses a body that has another length than it declares', async () => {
  const stream = new PassThrough()
  const body = readBody(requestWith(new BodyBudget(100_000), { 'content-length': '3' }), stream, limits)

  stream.end('ab')

  await expect(body).rejects.toMatchObject({ code: 'FST_ERR_CTP_INVALID_CONTENT_LENGTH' })
})

test('refuses a body that takes too long to arrive, however steadily it does', async () => {
  const stream = new PassThrough()
  const trickle = setInterval(() => stream.write('x'), 5)

  const body = readBody(requestWith(new BodyBudget(100_000)), stream, { ...limits, timeoutMs: 100 })

  await expect(body).rejects.toBeInstanceOf(BodyTooSlowError)
  clearInterval(trickle)
})

test('refuses the body for which there is no memory left, and takes nothing for it', async () => {
  const used: number[] = []
  const budget = new BodyBudget(10_000, (bytes) => used.push(bytes))
  budget.open().resize(6000)
  const stream = new PassThrough()
  const body = readBody(requestWith(budget), stream, limits)

  stream.write('x'.repeat(5000))

  await expect(body).rejects.toBeInstanceOf(OverloadedError)
  expect(used).toEqual([6000, 6000])
})

test('fails as its stream does', async () => {
  const stream = new PassThrough()
  const body = readBody(requestWith(new BodyBudget(10_000)), stream, limits)
  const failure = new Error('aborted')

  await sleep(1)
  stream.destroy(failure)

  await expect(body).rejects.toBe(failure)
})
