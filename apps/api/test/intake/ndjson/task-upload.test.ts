import { PassThrough } from 'node:stream'
import { setImmediate, setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { BodyBudget } from '../../../src/intake/body-budget.ts'
import {
  BodyTooSlowError,
  OverloadedError,
  TasksInvalidError,
  UploadAbortedError,
} from '../../../src/intake/intake-errors.ts'
import { TaskUpload, type TaskUploadLimits } from '../../../src/intake/ndjson/task-upload.ts'

const limits: TaskUploadLimits = {
  batchType: 'test',
  consequence: 'Nothing was kept.',
  maxTaskBytes: 1000,
  maxChunkTasks: 10,
  maxChunkBytes: 2000,
  stallMs: 60_000,
}

function task(n: number): string {
  return `{"payload":${n}}`
}

function tasks(count: number, from = 0): string[] {
  return Array.from({ length: count }, (_, i) => task(from + i))
}

function lines(texts: readonly string[]): string {
  return texts.map((text) => `${text}\n`).join('')
}

function uploadOf(...pieces: (string | Buffer)[]): TaskUpload {
  const stream = new PassThrough()
  for (const piece of pieces) stream.write(piece)
  return new TaskUpload(stream.end(), limits, new BodyBudget(1_000_000).open())
}

async function collect(upload: TaskUpload): Promise<{ chunks: string[][]; error?: unknown }> {
  const chunks: string[][] = []
  try {
    for await (const chunk of upload.chunks()) chunks.push(chunk)
    return { chunks }
  } catch (error) {
    return { chunks, error }
  }
}

async function linesRefused(...pieces: (string | Buffer)[]): Promise<unknown> {
  const { error } = await collect(uploadOf(...pieces))
  expect(error).toBeInstanceOf(TasksInvalidError)
  return (error as TasksInvalidError).details.lines
}

test('yields tasks in their order, in chunks of bounded size', async () => {
  const { chunks } = await collect(uploadOf(lines(tasks(25))))

  expect(chunks.map((chunk) => chunk.length)).toEqual([10, 10, 5])
  expect(chunks.flat()).toEqual(tasks(25))
})

test('limits the bytes of a chunk, which has at least one task', async () => {
  const wide = `{"payload":"${'x'.repeat(900)}"}`

  const { chunks } = await collect(uploadOf(lines([wide, wide, wide, wide, wide])))

  expect(chunks.map((chunk) => chunk.length)).toEqual([2, 2, 1])
})

test('keeps the text of a task, including white space and the order of members', async () => {
  const text = '  {"key" : "a",\t"payload": 1.50e1 }'

  expect((await collect(uploadOf(`${text}\r\n`))).chunks).toEqual([[text]])
})

test('ignores a byte order mark before the first line', async () => {
  expect((await collect(uploadOf(`\uFEFF${task(1)}\r\n${task(2)}`))).chunks).toEqual([tasks(2, 1)])
})

test('skips blank lines and counts them', async () => {
  const { chunks } = await collect(uploadOf('\n \r\n', lines([task(1)]), '\n'))

  expect(chunks).toEqual([[task(1)]])
  expect(await linesRefused('\n\r\n', 'x\n')).toMatchObject([{ line: 3 }])
})

test('yields no chunk without tasks', async () => {
  expect(await collect(uploadOf(''))).toEqual({ chunks: [] })
  expect(await collect(uploadOf('\n\n'))).toEqual({ chunks: [] })
})

test('refuses an invalid line with its number, and with it the rest of its chunk', async () => {
  const { chunks, error } = await collect(uploadOf(lines([task(1), 'oops', task(3)])))

  expect(chunks).toEqual([])
  expect(error).toMatchObject({
    code: 'SLUICE_TASKS_INVALID',
    details: { lines: [{ line: 2, message: 'is not JSON', value: 'oops' }] },
  })
})

test('lists at most ten invalid lines', async () => {
  const bad = await linesRefused(lines([task(0), ...Array.from({ length: 15 }, () => '{}')]))

  expect(bad).toHaveLength(10)
  expect(bad).toMatchObject(Array.from({ length: 10 }, (_, i) => ({ line: i + 2, message: expect.any(String) })))
})

test('keeps chunks before the one with the invalid line', async () => {
  const stream = new PassThrough()
  const upload = new TaskUpload(stream, limits, new BodyBudget(1_000_000).open())
  const chunks = upload.chunks()
  stream.write(lines(tasks(3)))
  expect((await chunks.next()).value).toHaveLength(3)

  stream.write(lines([task(4), 'oops']))

  await expect(chunks.next()).rejects.toThrow('line 5 is not JSON, got "oops"')
})

test('refuses a line above the size limit before it has ended', async () => {
  const stream = new PassThrough()
  const chunks = new TaskUpload(stream, limits, new BodyBudget(1_000_000).open()).chunks()
  const next = chunks.next()

  stream.write(`{"payload":"${'x'.repeat(1500)}`)

  await expect(next).rejects.toThrow('line 1 is longer than 1000 bytes')
})

test('yields a task as soon as it has arrived, without waiting for a full chunk', async () => {
  const stream = new PassThrough()
  const chunks = new TaskUpload(stream, limits, new BodyBudget(1_000_000).open()).chunks()
  const next = chunks.next()

  stream.write(lines([task(1)]))

  expect((await next).value).toEqual([task(1)])
  await chunks.return(undefined)
})

test('continues to read while a chunk is processed, until the next one is full', async () => {
  const stream = new PassThrough({ highWaterMark: 1 })
  const upload = new TaskUpload(stream, limits, new BodyBudget(1_000_000).open())
  const chunks = upload.chunks()
  stream.write(lines(tasks(1)))
  await chunks.next()

  const isTaken = Array.from({ length: 50 }, (_, i) => stream.write(lines(tasks(1, i))))
  await setImmediate()

  expect(isTaken).toContain(false)
  expect(stream.isPaused()).toBe(true)
  expect(upload.bytesRead).toBeLessThan(lines(tasks(15)).length)
  expect((await chunks.next()).value).toHaveLength(limits.maxChunkTasks)
  await chunks.return(undefined)
})

test('reports a stream that breaks off as an aborted upload and drops its last chunk', async () => {
  const stream = new PassThrough()
  const upload = new TaskUpload(stream, limits, new BodyBudget(1_000_000).open())
  const collected = collect(upload)
  stream.write(`${lines(tasks(2))}{"pay`)
  await setImmediate()

  stream.destroy(new Error('aborted'))

  const { chunks, error } = await collected
  expect(error).toBeInstanceOf(UploadAbortedError)
  expect(chunks).toEqual([tasks(2)])
})

test('reports a stream that broke before reading began as an aborted upload', async () => {
  const stream = new PassThrough()
  stream.destroy()
  await setImmediate()

  const { error } = await collect(new TaskUpload(stream, limits, new BodyBudget(1_000_000).open()))

  expect(error).toBeInstanceOf(UploadAbortedError)
})

test('reports a stream that closes before its end as an aborted upload', async () => {
  const stream = new PassThrough()
  const collected = collect(new TaskUpload(stream, limits, new BodyBudget(1_000_000).open()))
  await setImmediate()

  stream.destroy()

  expect((await collected).error).toBeInstanceOf(UploadAbortedError)
})

test('leaves the stream open and unread when its reader stops, because the answer needs it', async () => {
  const stream = new PassThrough()
  stream.write(lines(tasks(100)))
  const chunks = new TaskUpload(stream, limits, new BodyBudget(1_000_000).open()).chunks()
  await chunks.next()

  await chunks.return(undefined)

  expect(stream.destroyed).toBe(false)
  expect(stream.isPaused()).toBe(true)
  expect(stream.listenerCount('data')).toBe(0)
})

test('is refused once it delivers too little for a while', async () => {
  const stream = new PassThrough()
  const upload = new TaskUpload(stream, { ...limits, stallMs: 50 }, new BodyBudget(1_000_000).open())
  stream.write(lines(tasks(3)))
  const trickle = setInterval(() => stream.write(' '), 10)

  const { chunks, error } = await collect(upload)

  clearInterval(trickle)
  expect(chunks.flat()).toEqual(tasks(3))
  expect(error).toBeInstanceOf(BodyTooSlowError)
  expect(stream.destroyed).toBe(false)
})

test('may take its time while it is made to wait', async () => {
  const stream = new PassThrough()
  const chunks = new TaskUpload(stream, { ...limits, stallMs: 30 }, new BodyBudget(1_000_000).open()).chunks()
  stream.write(lines(tasks(25)))

  // The first chunk takes longer to append than an upload may stall.
  const first = await chunks.next()
  await sleep(200)
  stream.end()

  const rest: string[] = []
  for await (const chunk of chunks) rest.push(...chunk)
  expect([...(first.value as string[]), ...rest]).toEqual(tasks(25))
})

test('is refused when all bodies together take too much memory', async () => {
  const budget = new BodyBudget(3000)
  const other = budget.open()
  other.resize(2500)
  const stream = new PassThrough()
  const upload = new TaskUpload(stream, limits, budget.open())
  stream.write(`{"payload":"${'x'.repeat(600)}`)

  const { error } = await collect(upload)

  expect(error).toBeInstanceOf(OverloadedError)
  expect((error as OverloadedError).details).toEqual({ reason: 'bytes' })
})
