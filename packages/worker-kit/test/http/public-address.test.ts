import { describe, expect, test } from 'vitest'
import { isPublicAddress, ownAddresses } from '../../src/http/public-address.ts'

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
    ['of Azure’s WireServer', ['168.63.129.16', '::ffff:168.63.129.16', '64:ff9b::a83f:8110']],
    ['not an address at all', ['', 'localhost', '1.2.3.4.5', 'fe80::1%eth0']],
  ])('is false for %s', (_, addresses) => {
    expect(addresses.filter((address) => isPublicAddress(address))).toEqual([])
  })

  test('is false for the addresses of this machine, whatever their spelling', () => {
    const own = new Set(['8.8.4.4', '2606:4700::1'])
    const spellings = ['8.8.4.4', '::ffff:8.8.4.4', '64:ff9b::808:404', '2606:4700::1', '2606:4700:0:0:0:0:0:1']

    expect(spellings.filter((address) => isPublicAddress(address, own))).toEqual([])
    expect(isPublicAddress('8.8.8.8', own)).toBe(true)
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

test('the addresses of this machine include its loopback address', () => {
  expect(ownAddresses()).toContain('127.0.0.1')
})
