import type { LookupAddress } from 'node:dns'
import { describe, expect, test } from 'vitest'
import { createLookup, isPublicAddress, type ResolveHost } from '../../src/http/address-guard.ts'
import { classifyFailure } from '../../src/failure/classify-failure.ts'
import { buildContext, createHandler, rejection, serve } from '../support/http-fixtures.ts'

function resolveTo(...addresses: string[]): ResolveHost {
  const found = addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }))
  return (_hostname, _options, callback) => setImmediate(() => callback(null, found))
}

describe('isPublicAddress', () => {
  test.each([
    ['unspecified', ['0.0.0.0', '0.1.2.3', '::']],
    ['loopback', ['127.0.0.1', '127.255.255.254', '::1']],
    ['private', ['10.0.0.1', '172.16.0.1', '172.31.255.255', '192.168.1.1']],
    ['unique local and site local', ['fc00::1', 'fd12:3456::1', 'fec0::1']],
    ['link-local and cloud metadata', ['169.254.169.254', 'fe80::1', 'fd00:ec2::254']],
    ['carrier-grade NAT', ['100.64.0.1', '100.127.255.255']],
    ['multicast and broadcast', ['224.0.0.1', '239.255.255.255', '255.255.255.255', 'ff02::1']],
    ['benchmarking', ['198.18.0.1', '198.19.255.255', '2001:2::1']],
    ['documentation', ['192.0.2.1', '198.51.100.1', '203.0.113.1', '2001:db8::1', '3fff::1']],
    ['reserved', ['192.0.0.1', '240.0.0.1', '100::1', '4000::1', '::127.0.0.1', '::7f00:1']],
    ['IPv4-mapped', ['::ffff:127.0.0.1', '::ffff:10.0.0.1', '::ffff:a9fe:a9fe']],
    ['NAT64 of closed addresses', ['64:ff9b::127.0.0.1', '64:ff9b::a00:1', '64:ff9b:1::8.8.8.8']],
    ['6to4, Teredo and translated', ['2002:7f00:1::', '2002:808:808::1', '2001::1', '::ffff:0:127.0.0.1']],
    ['not an address at all', ['', 'localhost', '1.2.3.4.5', 'fe80::1%eth0']],
  ])('is false for %s', (_, addresses) => {
    expect(addresses.filter((address) => isPublicAddress(address))).toEqual([])
  })

  test('is true for public addresses, also mapped or behind NAT64', () => {
    const addresses = [
      '8.8.8.8',
      '172.32.0.1',
      '100.128.0.1',
      '2606:4700:4700::1111',
      '::ffff:8.8.8.8',
      '64:ff9b::8.8.8.8',
    ]

    expect(addresses.filter((address) => !isPublicAddress(address))).toEqual([])
  })
})

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
    'refuses a name without a public address, and lists its addresses (all: %s)',
    async (all) => {
      const { error } = await look(['10.0.0.1', '::1'], all)

      expect(error?.message).toContain('mixed.example at 10.0.0.1 (private), ::1 (loopback)')
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
    expect(await lookAgain()).toMatch(/^Refused to connect to rebound\.example at 127\.0\.0\.1/)
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

  test('refuses cloud metadata and names the host and the address', async () => {
    const error = await rejection(
      createHandler({ allowHosts: [] })({ url: 'http://169.254.169.254/latest' }, buildContext()),
    )

    expect(error.message).toContain('169.254.169.254 (linkLocal)')
  })

  test('refuses a name that resolves to a closed address', async () => {
    const server = await serve((_, response) => response.end())
    const handle = createHandler({ allowHosts: ['good.example'], resolveHost: resolveTo('127.0.0.1', '::1') })

    const error = await rejection(handle({ url: `http://rebound.example:${server.port}/` }, buildContext()))

    expect(error.message).toContain('rebound.example at 127.0.0.1 (loopback), ::1 (loopback)')
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

  test('calls only the port that allowHosts lists', async () => {
    const [open, closed] = [await serve((_, response) => response.end()), await serve((_, response) => response.end())]
    const handle = createHandler({ allowHosts: [`127.0.0.1:${open.port}`] })

    await handle({ url: open.url }, buildContext())
    const error = await rejection(handle({ url: closed.url }, buildContext()))

    expect(error.message).toMatch(/^Refused to connect to /)
    expect(closed.connectionCount()).toBe(0)
  })
})
