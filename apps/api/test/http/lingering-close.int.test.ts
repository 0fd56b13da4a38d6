import { connect } from 'node:net'
import { text as textOf } from 'node:stream/consumers'
import { expect } from 'vitest'
import { apiTest } from '../support/api-test.ts'
import { sendRaw } from '../support/raw-request.ts'
import { createBatch } from '../support/requests.ts'

const CREATE = 'POST /v1/batches HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n'

/** The status lines in what a server sent. */
function statusesIn(text: string): number[] {
  return [...text.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status]) => Number(status))
}

apiTest('a body that is not JSON does not cost the answers to the requests behind it', async ({ baseUrl }) => {
  const refused = `${CREATE}Content-Length: 1\r\n\r\n{`
  const accepted = (more = '') => `${CREATE}${more}Content-Length: 2\r\n\r\n{}`

  const received = await sendRaw(baseUrl, `${refused}${accepted()}${accepted('Connection: close\r\n')}`)

  expect(statusesIn(received)).toEqual([400, 201, 201])
})

apiTest('a request behind an answer that closes the connection is not carried out', async ({ app, baseUrl }) => {
  const next = `}${CREATE}Content-Length: 2\r\n\r\n{}`

  const received = await sendRaw(
    baseUrl,
    'POST /none HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n\r\n{',
    { next, after: 'SLUICE_ROUTE_NOT_FOUND' },
  )

  expect(statusesIn(received)).toEqual([404])
  expect(received.toLowerCase()).toContain('connection: close')
  // Its commands would have come before those of this batch, on the same connection to Redis.
  const { id } = await createBatch(app)
  expect((await app.inject({ url: '/v1/batches' })).json()).toMatchObject({ batches: [{ id }] })
})

/** Sends all before it reads anything, and returns what it then reads. */
async function sendThenRead(baseUrl: string, bytes: Buffer): Promise<string> {
  const socket = connect(Number(new URL(baseUrl).port), '127.0.0.1')
  await new Promise((resolve, reject) => socket.once('error', reject).write(bytes, resolve))
  return await textOf(socket)
}

apiTest('a stream reaches a client that first sends a body which nothing reads', async ({ app, baseUrl }) => {
  const tasks = Array.from({ length: 300 }, (_, n) => ({ payload: n, key: `task-${n}` }))
  const { id } = await createBatch(app, { tasks })
  // More than the buffers of two sockets take.
  const length = 32_000_000
  const head = `GET /v1/batches/${id}/results HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${length}\r\n\r\n`

  const received = await sendThenRead(baseUrl, Buffer.concat([Buffer.from(head), Buffer.alloc(length, 'x')]))

  expect(statusesIn(received)).toEqual([200])
  expect(received).toContain('"key":"task-299"')
})
