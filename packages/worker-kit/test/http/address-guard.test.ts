import type { LookupAddress } from 'node:dns'
import { describe, expect, test } from 'vitest'
import { createLookup, type RefusedConnectionError, type ResolveHost } from '../../src/http/address-guard.ts'
import { isPublicAddress } from '../../src/http/public-address.ts'
import { classifyFailure } from '../../src/failure/classify-failure.ts'
import { buildContext, createHandler, rejection, serve } from '../support/http-fixtures.ts'

function resolveTo(...addresses: string[]): ResolveHost {
  const found = addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }))
  return (_hostname, _options, callback) => setImmediate(() => callback(null, found))
}

describe('createLookup', () => {
  const look = (addresses: string[], all: boolean) =>
    new Promise<{ error: Error | null; found: string | LookupAddress[] }>((resolve) => {
      const lookup = createLookup(resolveTo(...addresses), isPublicAddress)
      lookup('mixed.example', { all }, (error, found) => resolve({ error, found }))
    })

  test('drops every address of a name that is not public', async () => {
    const addresses = ['10.0.0.1', '8.8.8.8', '::1', '2606:4700:4700::1111', '169.254.169.254']

    const { found } = await look(addresses, true)

    expect(found).toEqual([
      { address: '8.8.8.8', family: 4 },
      { address: '2606:4700:4700::1111', family: 6 },
    ])
    expect((await look(addresses, false)).found).toBe('8.8.8.8')
  })

  test.each([true, false])(
    'refuses a name without a public address, and names its addresses for the log only (all: %s)',
    async (all) => {
      const { error } = await look(['10.0.0.1', '::1'], all)

      expect(error?.message).toMatch(/^Refused to connect to mixed\.example: only public addresses are allowed\./)
      expect(error?.message).not.toMatch(/10\.0|::1|private|loopback/)
      expect((error as RefusedConnectionError).addresses).toEqual(['10.0.0.1 (private)', '::1 (loopback)'])
      expect(classifyFailure(error)).toMatchObject({ failureClass: 'invalid', retryable: false })
    },
  )

  test('checks a name again each time', async () => {
    const answers = ['8.8.8.8', '127.0.0.1']
    const lookup = createLookup((hostname, options, callback) => {
      resolveTo(...answers.splice(0, 1))(hostname, options, callback)
    }, isPublicAddress)
    const lookAgain = () =>
      new Promise((resolve) => {
        lookup('rebound.example', {}, (error, found) => resolve(error?.message ?? found))
      })

    expect(await lookAgain()).toBe('8.8.8.8')
    expect(await lookAgain()).toMatch(/^Refused to connect to rebound\.example: /)
  })
})

describe('the http handler', () => {
  test.for([
    'localhost',
    '127.0.0.1',
    '127.1',
    '2130706433',
    '0x7f000001',
    '0177.0.0.1',
    '017700000001',
    '0.0.0.0',
    '0',
    '[::1]',
    '[::]',
    '[::ffff:127.0.0.1]',
    '[::ffff:7f00:1]',
    '[64:ff9b::127.0.0.1]',
    '127.0.0.1.',
    'LOCALHOST',
  ])('refuses %s permanently and opens no connection', async (host) => {
    const server = await serve((_, response) => response.end())
    const handle = createHandler({ allowHosts: [] })

    const error = await rejection(handle({ url: `http://${host}:${server.port}/` }, buildContext()))

    expect(classifyFailure(error)).toMatchObject({ failureClass: 'invalid', retryable: false })
    expect(error.message).toMatch(/^Refused to connect to /)
    expect(server.connectionCount()).toBe(0)
  })

  test.for(['169.254.169.254', '168.63.129.16'])('refuses the metadata of a cloud: %s', async (host) => {
    const handle = createHandler({ allowHosts: [] })

    const error = await rejection(handle({ url: `http://${host}/latest` }, buildContext()))

    expect(error.message).toMatch(/^Refused to connect to /)
  })

  test.for([22, 25, 2375, 6379, 10_250, 11_211])('refuses port %i of a public host', async (port) => {
    const lookups: string[] = []
    const handle = createHandler({ resolveHost: (hostname) => void lookups.push(hostname) })

    const error = await rejection(handle({ url: `http://public.example:${port}/` }, buildContext()))

    expect(classifyFailure(error)).toMatchObject({ failureClass: 'invalid', retryable: false })
    expect(error.message).toMatch(
      `Refused to connect to public.example:${port}: other protocols than HTTP use this port.`,
    )
    expect(lookups).toEqual([])
  })

  test('calls any port of a host that allowHosts lists', async () => {
    // Nothing listens on port 1, so the system refuses what the guard lets pass.
    const error = await rejection(createHandler()({ url: 'http://127.0.0.1:1/' }, buildContext()))

    expect(error.message).toContain('ECONNREFUSED')
  })

  test('refuses a name that resolves to a closed address', async () => {
    const server = await serve((_, response) => response.end())
    const handle = createHandler({ allowHosts: ['good.example'], resolveHost: resolveTo('127.0.0.1', '::1') })

    const context = buildContext()
    const error = await rejection(handle({ url: `http://rebound.example:${server.port}/` }, context))

    expect(error.message).toMatch(/^Refused to connect to rebound\.example: /)
    expect(error.message).not.toMatch(/127\.0|::1/)
    expect(context.logged).toEqual([{ host: 'rebound.example', addresses: ['127.0.0.1 (loopback)', '::1 (loopback)'] }])
    expect(server.connectionCount()).toBe(0)
  })

  test.for([
    ['good.example', 'good.example'],
    ['*.example', 'good.example'],
    ['*', 'good.example'],
    ['127.0.0.1', '127.0.0.1'],
  ] as const)('calls a host that allowHosts lists: %s', async ([entry, host]) => {
    const server = await serve((_, response) => response.end('hello'))
    const handle = createHandler({ allowHosts: [entry], resolveHost: resolveTo('127.0.0.1') })

    const result = await handle({ url: `http://${host}:${server.port}/` }, buildContext())

    expect(result).toMatchObject({ status: 200, body: 'hello' })
  })

  test.for(['10.0.0.0/8', '10.*', 'example.com.', 'https://example.com'])(
    'is not created with an entry of allowHosts that it does not support: %s',
    (entry) => {
      expect(() => createHandler({ allowHosts: ['good.example', entry] })).toThrow(`allowHosts is invalid: "${entry}" `)
    },
  )

  test('calls only the port that allowHosts lists', async () => {
    const [open, closed] = [await serve((_, response) => response.end()), await serve((_, response) => response.end())]
    const handle = createHandler({ allowHosts: [`127.0.0.1:${open.port}`] })

    await handle({ url: open.url }, buildContext())
    const error = await rejection(handle({ url: closed.url }, buildContext()))

    expect(error.message).toMatch(/^Refused to connect to /)
    expect(closed.connectionCount()).toBe(0)
  })
})
