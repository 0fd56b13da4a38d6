import { connect } from 'node:net'
import { setTimeout } from 'node:timers/promises'
import { describe, expect, onTestFinished } from 'vitest'
import { apiTest, ownServerApiTest } from '../support/api-test.ts'
import { createBatch, problemOf, taskLines } from '../support/requests.ts'
import { RawUpload } from '../support/raw-upload.ts'

function lines(count: number, from = 0): string {
  return taskLines(count, from)
    .map((line) => `${line}\n`)
    .join('')
}

function bodyOf(upload: RawUpload): string {
  return upload.answer.slice(upload.answer.indexOf('\r\n\r\n') + 4)
}

describe('an upload over a connection', () => {
  apiTest('is accepted while it arrives', async ({ app, baseUrl }) => {
    const { id } = await createBatch(app)
    const total = async () => (await app.inject({ url: `/v1/batches/${id}` })).json().counts.total
    const upload = new RawUpload(baseUrl, `/v1/batches/${id}/tasks`)

    upload.send(lines(3))
    await expect.poll(total).toBe(3)
    upload.send(lines(4, 3))
    await expect.poll(total).toBe(7)
    upload.end()

    await expect.poll(() => upload.answer).toContain('{"accepted":7,"skipped":0,"total":7}')
    upload.hangUp()
  })

  apiTest('that breaks off keeps its complete chunks, and the connection of others', async ({ app, baseUrl }) => {
    const { id } = await createBatch(app)
    const total = async () => (await app.inject({ url: `/v1/batches/${id}` })).json().counts.total
    const upload = new RawUpload(baseUrl, `/v1/batches/${id}/tasks`)
    upload.send(`${lines(5)}{"payl`)
    await expect.poll(total).toBe(5)

    upload.hangUp()
    await upload.closed
    await expect
      .poll(async () => (await app.inject({ url: '/metrics' })).body)
      .toContain('sluice_tasks_accepted_total 5')

    expect(await total()).toBe(5)
    const rest = await fetch(`${baseUrl}/v1/batches/${id}/tasks?offset=5`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-ndjson' },
      body: lines(5, 5),
    })
    expect(await rest.json()).toEqual({ accepted: 5, skipped: 0, total: 10 })
  })

  apiTest('with an invalid line is answered at once, before it has ended', async ({ app, baseUrl }) => {
    const { id } = await createBatch(app)
    const upload = new RawUpload(baseUrl, `/v1/batches/${id}/tasks`)
    upload.send(`${lines(2)}oops\n`)

    await expect.poll(() => bodyOf(upload)).toContain('SLUICE_TASKS_INVALID')

    expect(upload.answer).toMatch(/^HTTP\/1\.1 400 /)
    expect(upload.answer.toLowerCase()).toContain('\r\nconnection: close\r\n')
    upload.hangUp()
  })

  apiTest('that is refused delivers its 400 to a client that continues to send', async ({ app, baseUrl }) => {
    const { id } = await createBatch(app)
    const upload = new RawUpload(baseUrl, `/v1/batches/${id}/tasks`)
    upload.send('oops\n')
    const start = performance.now()

    let sentBytes = 0
    const block = lines(5000)
    while (!upload.socket.destroyed && performance.now() - start < 15_000) {
      const isTaken = upload.send(block)
      sentBytes += block.length
      // A client that reads the answer only after it has sent everything.
      await setTimeout(isTaken ? 0 : 5)
    }

    expect(bodyOf(upload)).toContain('"line":1')
    expect(performance.now() - start).toBeLessThan(10_000)
    expect(sentBytes).toBeGreaterThan(1_000_000)
    expect((await app.inject({ url: `/v1/batches/${id}` })).json().counts.total).toBe(0)
  })

  apiTest('with a line that never ends is refused once the line is too long', async ({ app, baseUrl }) => {
    const { id } = await createBatch(app)
    const upload = new RawUpload(baseUrl, `/v1/batches/${id}/tasks`)

    upload.send(`{"payload":"${'x'.repeat(300_000)}`)

    await expect.poll(() => bodyOf(upload)).toContain('"message":"is longer than 262144 bytes"')
    upload.hangUp()
  })

  apiTest('to an unknown batch is refused before it has ended', async ({ baseUrl }) => {
    const upload = new RawUpload(baseUrl, '/v1/batches/nope/tasks')
    upload.send(lines(1))

    await expect.poll(() => bodyOf(upload)).toContain('SLUICE_BATCH_NOT_FOUND')

    upload.hangUp()
  })

  apiTest('of JSON that is refused before it was read delivers the answer', async ({ baseUrl }) => {
    const response = await fetch(`${baseUrl}/v1/batches`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ tasks: [{ payload: 'x'.repeat(5_000_000) }] }),
    })

    expect(response.status).toBe(413)
    const problem = problemOf({ headers: Object.fromEntries(response.headers), body: await response.text() })
    expect(problem.code).toBe('SLUICE_BODY_TOO_LARGE')
  })

  apiTest('that is short and refused unread keeps the connection open', async ({ baseUrl }) => {
    const { hostname, port } = new URL(baseUrl)
    const socket = connect(Number(port), hostname).setEncoding('utf8')
    onTestFinished(() => void socket.destroy())
    let answers = ''
    socket.on('data', (text: string) => (answers += text))

    socket.write('POST /v1/nope HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\nabcde')
    await expect.poll(() => answers).toContain('SLUICE_ROUTE_NOT_FOUND')
    socket.write('GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n')

    await expect.poll(() => answers).toContain('{"status":"ok"}')
  })

  ownServerApiTest(
    'waits while Redis does not respond, and so does its client: memory stays flat',
    async ({ app, baseUrl, redis, redisObserver }) => {
      const { id } = await createBatch(app)
      const upload = new RawUpload(baseUrl, `/v1/batches/${id}/tasks`)
      upload.send(lines(1))
      await expect.poll(async () => (await app.inject({ url: `/v1/batches/${id}` })).json().counts.total).toBe(1)
      await redis.client('PAUSE', 60_000, 'WRITE')

      const block = `{"payload":"${'x'.repeat(60_000)}"}\n`
      let sent = 1
      for (let idle = 0; idle < 20;) {
        const isTaken = upload.socket.writableLength === 0
        if (isTaken) upload.send(block)
        if (isTaken) sent += 1
        idle = isTaken ? 0 : idle + 1
        await setTimeout(10)
      }
      // The connection of the API waits.
      await redisObserver.client('UNPAUSE')
      upload.end()

      // Two chunks of a megabyte, and the content of the buffers of a loopback connection.
      expect(sent * block.length).toBeLessThan(20_000_000)
      await expect.poll(() => upload.answer, { timeout: 10_000 }).toContain(`"total":${sent}`)
      upload.hangUp()
    },
  )
})
