import { getEventListeners } from 'node:events'
import { gzipSync } from 'node:zlib'
import { describe, expect, onTestFinished, test } from 'vitest'
import { classifyFailure } from '../../src/failure/classify-failure.ts'
import type { HandlerContext } from '../../src/handler.ts'
import { testAttempt } from '../../src/testing/test-attempt.ts'
import { buildContext, createHandler, rejection, serve, serveTcp } from '../support/http-fixtures.ts'

const OVERLONG = { failureClass: 'invalid', retryable: false, status: 200 }

describe('a connection of the http handler', () => {
  test('is reused, also after failures, and closed with the handler', async () => {
    const server = await serve((request, response) => {
      request.resume().on('end', () => response.writeHead(request.url === '/ok' ? 200 : 400).end('x'.repeat(5_000)))
    })
    const handle = createHandler()

    for (let n = 0; n < 5; n += 1) {
      await handle({ url: `${server.url}ok` }, buildContext())
      await rejection(handle({ url: `${server.url}fails`, body: 'x' }, buildContext()))
    }

    expect(server.connectionCount()).toBe(1)
    await handle.close()
    await expect.poll(() => server.openSockets.size).toBe(0)
  })

  test('is opened for every call that runs at once', async () => {
    let waiting: (() => void)[] = []
    const server = await serve((_, response) => {
      waiting.push(() => response.end())
      if (waiting.length < 20) return
      for (const answer of waiting) answer()
      waiting = []
    })
    const handle = createHandler()

    await Promise.all(Array.from({ length: 20 }, () => handle({ url: server.url }, buildContext())))

    expect(server.connectionCount()).toBe(20)
  })

  test('that is refused is a network failure that names the host', async () => {
    // Nothing listens on port 1.
    const error = await rejection(createHandler()({ url: 'http://127.0.0.1:1/' }, buildContext()))

    expect(classifyFailure(error)).toMatchObject({ failureClass: 'network', retryable: true })
    expect(error.message).toBe('The call to 127.0.0.1:1 failed: connect ECONNREFUSED 127.0.0.1:1')
  })

  test.for([
    ['before the headers', ''],
    ['in the middle of the headers', 'HTTP/1.1 200 OK\r\nContent-Le'],
    ['in the middle of the body', 'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf'],
    ['in the middle of a chunk', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhal'],
  ] as const)('that breaks %s is a network failure', async ([, sent]) => {
    const server = await serveTcp((socket) => {
      socket.once('data', () => socket.write(sent, () => socket.destroy()))
    })

    const error = await rejection(createHandler()({ url: server.url }, buildContext()))

    expect(classifyFailure(error)).toMatchObject({ failureClass: 'network', retryable: true })
  })

  test('that is reset in the middle of the body is a network failure', async () => {
    const server = await serveTcp((socket) => {
      socket.once('data', () => {
        socket.write('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf', () =>
          setTimeout(() => socket.resetAndDestroy(), 20),
        )
      })
    })

    const error = await rejection(createHandler()({ url: server.url }, buildContext()))

    expect(classifyFailure(error)).toMatchObject({ failureClass: 'network', retryable: true })
  })

  test('to a server that does not speak HTTP is a network failure', async () => {
    const server = await serveTcp((socket) => socket.write('SSH-2.0-OpenSSH_9.2\r\n'))

    const error = await rejection(createHandler()({ url: server.url }, buildContext()))

    expect(classifyFailure(error)).toMatchObject({ failureClass: 'network', retryable: true })
  })

  test('fails a call in flight with class network when the handler is closed', async () => {
    const server = await serve(() => {})
    const handle = createHandler()
    const call = rejection(handle({ url: server.url }, buildContext()))
    await expect.poll(() => server.openSockets.size).toBe(1)

    await handle.close()

    expect(classifyFailure(await call)).toMatchObject({ failureClass: 'network', retryable: true })
  })
})

describe('the timeout of the http handler', () => {
  test('covers the wait for the headers', async () => {
    const server = await serve(() => {})

    const error = await rejection(createHandler()({ url: server.url, timeoutMs: 30 }, buildContext()))

    expect(classifyFailure(error)).toMatchObject({ failureClass: 'timeout', retryable: true })
    expect(error.message).toBe(`The call to 127.0.0.1:${server.port} timed out after 30 ms while waiting for headers.`)
    await expect.poll(() => server.openSockets.size).toBe(0)
  })

  test('covers a body that never ends', async () => {
    const server = await serve((_, response) => {
      const timer = setInterval(() => response.write('.'), 5)
      response.on('close', () => clearInterval(timer))
    })

    const error = await rejection(createHandler()({ url: server.url, timeoutMs: 60 }, buildContext()))

    expect(error.message).toBe(`The call to 127.0.0.1:${server.port} timed out after 60 ms while reading the body.`)
    await expect.poll(() => server.openSockets.size).toBe(0)
  })

  test('covers the wait for the connection', async () => {
    const handle = createHandler({ allowHosts: ['*'], resolveHost: () => {} })

    const error = await rejection(handle({ url: 'http://silent.example/', timeoutMs: 30 }, buildContext()))

    expect(error.message).toBe('The call to silent.example timed out after 30 ms while connecting.')
  })

  test('is the queue’s if the task sets none', async () => {
    const server = await serve(() => {})

    const error = await rejection(createHandler()({ url: server.url }, buildContext({ timeoutMs: 30 })))

    expect(error.message).toContain('after 30 ms')
  })
})

describe('an attempt that is aborted', () => {
  test('closes the connections of all its calls', async () => {
    const server = await serve(() => {})
    const [handle, attempt] = [createHandler(), new AbortController()]
    const twice = (payload: unknown, context: HandlerContext) =>
      Promise.all([handle(payload, context), handle(payload, context)])

    const ending = testAttempt(twice, { url: server.url }, { signal: attempt.signal })
    await expect.poll(() => server.connectionCount()).toBe(2)
    attempt.abort()

    expect(await ending).toMatchObject({ kind: 'aborted' })
    await expect.poll(() => server.openSockets.size).toBe(0)
  })

  test('ends a call that was given a signal of its own', async () => {
    const server = await serve(() => {})
    const [handle, own] = [createHandler(), new AbortController()]
    const derived = (payload: unknown, context: HandlerContext) =>
      handle(payload, Object.create(context, { signal: { value: own.signal } }) as HandlerContext)

    const ending = testAttempt(derived, { url: server.url }, { retry: { maxAttempts: 1 } })
    await expect.poll(() => server.connectionCount()).toBe(1)
    own.abort(new Error('enough'))

    expect(await ending).toMatchObject({ kind: 'failed', error: { message: 'enough' } })
    await expect.poll(() => server.openSockets.size).toBe(0)
  })

  const reason = new Error('The batch was stopped.')

  test('makes no call if it was aborted before it', async () => {
    const server = await serve((_, response) => response.end())

    const error = await rejection(createHandler()({ url: server.url }, buildContext({}, AbortSignal.abort(reason))))

    expect(error).toBe(reason)
    expect(server.connectionCount()).toBe(0)
  })

  test('ends at once while it is connecting, and sends nothing later', async () => {
    const requests: unknown[] = []
    const server = await serve((request, response) => {
      requests.push(request.url)
      response.end()
    })
    let resolveName = () => {}
    const handle = createHandler({
      allowHosts: ['*'],
      resolveHost: (_hostname, _options, callback) => {
        resolveName = () => callback(null, [{ address: '127.0.0.1', family: 4 }])
      },
    })
    const controller = new AbortController()
    const url = `http://slow.example:${server.port}/`
    const call = rejection(handle({ url }, buildContext({}, controller.signal)))

    setImmediate(() => controller.abort(reason))

    expect(await call).toBe(reason)
    resolveName()
    await expect.poll(() => server.connectionCount()).toBe(1)
    await expect.poll(() => server.openSockets.size).toBe(0)
    expect(requests).toEqual([])
  })

  test.for([
    ['headers', 0],
    ['body', 10],
  ] as const)('ends at once while it waits for the %s, and closes its connection', async ([, size]) => {
    const controller = new AbortController()
    const server = await serve((_, response) => {
      if (size > 0) response.write('x'.repeat(size))
      setTimeout(() => controller.abort(reason), 20)
    })

    const error = await rejection(createHandler()({ url: server.url }, buildContext({}, controller.signal)))

    expect(error).toBe(reason)
    await expect.poll(() => server.openSockets.size).toBe(0)
  })

  test('leaves no listener on its signal, however it ends', async () => {
    const server = await serve((request, response) => {
      if (request.url === '/reset') request.socket.destroy()
      else response.writeHead(request.url === '/ok' ? 200 : 500).end()
    })
    const { signal } = new AbortController()
    const handle = createHandler()

    for (const path of ['ok', 'fails', 'reset']) {
      await handle({ url: server.url + path }, buildContext({}, signal)).catch(() => {})
    }

    expect(getEventListeners(signal, 'abort')).toEqual([])
  })
})

describe('a long body', () => {
  test('is not read if its declared length exceeds the maximum', async () => {
    let bytesSent = 0
    const server = await serve((request, response) => {
      response.writeHead(200, { 'content-length': '50000000' }).flushHeaders()
      response.on('close', () => (bytesSent = request.socket.bytesWritten))
    })

    const error = await rejection(createHandler({ maxBodyBytes: 1_000 })({ url: server.url }, buildContext()))

    expect(classifyFailure(error)).toMatchObject(OVERLONG)
    expect(error.message).toContain('with a body of 50000000 bytes; the maximum is 1000')
    await expect.poll(() => server.openSockets.size).toBe(0)
    expect(bytesSent).toBeLessThan(1_000)
  })

  test('is read up to the maximum if its length is not declared', async () => {
    const server = await serve((_, response) => {
      const pour = () => {
        while (response.write('x'.repeat(10_000)));
      }
      response.on('drain', pour)
      pour()
    })

    const error = await rejection(createHandler({ maxBodyBytes: 100_000 })({ url: server.url }, buildContext()))

    expect(classifyFailure(error)).toMatchObject(OVERLONG)
    expect(error.message).toContain('with a body of more than 100000 bytes')
    await expect.poll(() => server.openSockets.size).toBe(0)
  })

  test('fails as well if it exceeds the maximum only after decompression', async () => {
    const bomb = gzipSync(Buffer.alloc(20_000_000))
    const server = await serve((_, response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end(bomb))

    const error = await rejection(createHandler({ maxBodyBytes: 100_000 })({ url: server.url }, buildContext()))

    expect(classifyFailure(error)).toMatchObject(OVERLONG)
  })

  test('in chunks of one byte takes little more memory than its length', async () => {
    const length = 1_000_000
    let peak = 0
    const server = await serveTcp((socket) => {
      socket.once('data', () => {
        socket.write('HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nTransfer-Encoding: chunked\r\n\r\n')
        socket.end(`${'1\r\nx\r\n'.repeat(length)}0\r\n\r\n`)
      })
    })
    const before = process.memoryUsage().heapUsed
    const sampling = setInterval(() => (peak = Math.max(peak, process.memoryUsage().heapUsed - before)), 1)
    onTestFinished(() => clearInterval(sampling))

    const { body } = await createHandler()({ url: server.url }, buildContext())

    expect(String(body)).toHaveLength(length)
    // A buffer for each chunk takes 100 to 200 bytes.
    expect(peak).toBeLessThan(60 * length)
  })

  test('of exactly the maximum is kept whole', async () => {
    const server = await serve((_, response) => response.end('x'.repeat(1_000)))

    const result = await createHandler({ maxBodyBytes: 1_000 })({ url: server.url }, buildContext())

    expect(result.body).toBe('x'.repeat(1_000))
  })

  test('of an error is quoted, and its rest is not read', async () => {
    const server = await serve((_, response) => {
      const pour = () => {
        while (response.write('x'.repeat(10_000)));
      }
      response.writeHead(500).on('drain', pour)
      pour()
    })

    const error = await rejection(createHandler()({ url: server.url }, buildContext()))

    expect(error.message).toMatch(/returned 500: x{200}$/)
    await expect.poll(() => server.openSockets.size).toBe(0)
  })
})
