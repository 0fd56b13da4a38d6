import { describe, expect, test } from 'vitest'
import { createHostCheck } from '../../../src/http/guard/allowed-hosts.ts'

const FOREIGN = [
  'evil.example',
  'evil.example:3000',
  'localhost.evil.example',
  'evil-localhost',
  '127.0.0.1.evil.example',
  'evil.example:80:3000',
  'localhost:3000@evil.example',
  'evil.example#localhost',
  'localhost:port',
  'localhost 127.0.0.1',
  'localhost,evil.example',
  '127.1',
  '0x7f.0.0.1',
  '2130706433',
  '[127.0.0.1',
  '[localhost]',
  '::1',
  '[::1%25lo]',
  '',
  ':3000',
]

describe('an API on loopback', () => {
  const isAllowed = createHostCheck({ listensOn: '127.0.0.1' })

  test.each([
    'localhost',
    'LOCALHOST:3000',
    'localhost.',
    '127.0.0.1',
    '127.1.2.3:80',
    '[::1]:3000',
    '[::ffff:127.0.0.1]',
  ])('accepts %j', (host) => expect(isAllowed(host)).toBe(true))

  test.each([...FOREIGN, '0.0.0.0:3000', '192.168.1.5', '[fe80::1]'])('refuses %j', (host) =>
    expect(isAllowed(host)).toBe(false),
  )
})

describe.each(['0.0.0.0', '::', '10.0.0.7'])('an API on %s', (listensOn) => {
  const isAllowed = createHostCheck({ listensOn })

  test.each(['localhost:3000', '127.0.0.1', '10.0.0.7:3000', '203.0.113.9', '[2001:db8::1]:3000'])(
    'accepts %j, as probes and port forwards send it',
    (host) => expect(isAllowed(host)).toBe(true),
  )

  test.each(FOREIGN)('refuses %j', (host) => expect(isAllowed(host)).toBe(false))
})

describe('an API with names of its own', () => {
  const isAllowed = createHostCheck({
    listensOn: 'batch.internal',
    allowed: ['api', 'Sluice.Example.com', '*.svc.cluster.local', '[2001:db8::5]', '10.0.0.7'],
  })

  test.each([
    'api:3000',
    'sluice.example.com',
    'SLUICE.EXAMPLE.COM.',
    'sluice-api.sluice.svc.cluster.local:3000',
    'batch.internal',
    'localhost',
    '[2001:db8::5]:3000',
    '10.0.0.7',
  ])('accepts %j', (host) => expect(isAllowed(host)).toBe(true))

  test.each([
    ...FOREIGN,
    'example.com',
    'a.sluice.example.com',
    'svc.cluster.local',
    'evilsvc.cluster.local',
    'api.evil',
  ])('refuses %j', (host) => expect(isAllowed(host)).toBe(false))
})
