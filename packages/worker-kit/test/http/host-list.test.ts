import { describe, expect, test } from 'vitest'
import { checkHosts, createHostMatcher, portOf } from '../../src/http/host-list.ts'

function names(entry: string, address: string): boolean {
  const url = new URL(address)
  return createHostMatcher([entry])(url.hostname, portOf(url))
}

describe('createHostMatcher', () => {
  test.each([
    ['api.example.com', 'https://api.example.com'],
    ['api.example.com', 'http://api.example.com:8080'],
    [' API.Example.com ', 'https://api.EXAMPLE.com'],
    ['api.example.com:443', 'https://api.example.com'],
    ['api.example.com:80', 'http://api.example.com'],
    ['api.example.com:8443', 'https://api.example.com:8443'],
    ['*.example.com', 'https://a.b.example.com'],
    ['bücher.example', 'https://bücher.example'],
    ['[::1]:8080', 'http://[::1]:8080'],
    ['::1', 'http://[::1]:8080'],
    ['[::1]', 'http://[0:0:0:0:0:0:0:1]'],
    ['*', 'https://anything.example'],
    ['*', 'http://[::1]:1'],
  ])('%s names %s', (entry, address) => {
    expect(names(entry, address)).toBe(true)
  })

  test.each([
    ['api.example.com', 'https://xapi.example.com'],
    ['api.example.com', 'https://api.example.com.evil.example'],
    ['api.example.com:443', 'http://api.example.com'],
    ['api.example.com:8443', 'https://api.example.com'],
    ['*.example.com', 'https://example.com'],
    ['*.example.com', 'https://badexample.com'],
    ['[::1]:8080', 'http://[::1]'],
    ['localhost', 'http://127.0.0.1'],
    ['', 'https://api.example.com'],
    ['no such host', 'https://api.example.com'],
    ['*:x', 'https://api.example.com'],
  ])('%s does not name %s', (entry, address) => {
    expect(names(entry, address)).toBe(false)
  })

  test('an empty list names nothing', () => {
    expect(createHostMatcher([])('api.example.com', 443)).toBe(false)
  })
})

describe('checkHosts', () => {
  test('accepts hosts with and without ports, wildcards and addresses', () => {
    const entries = [
      'api.example.com',
      ' API.Example.com:8443 ',
      '*.example.com',
      '*.example.com:443',
      '*',
      '*:443',
      'localhost',
    ]
    const addresses = ['10.0.0.1', '10.0.0.1:8080', '::1', '[::1]', '[::1]:8080', 'bücher.example', 'my_service']

    expect(checkHosts([...entries, ...addresses])).toEqual([])
  })

  test.for([
    ['10.0.0.0/8', 'is a URL or a range of addresses'],
    ['https://api.example.com', 'is a URL or a range of addresses'],
    ['api.example.com/v1', 'is a URL or a range of addresses'],
    ['10.*', 'has a wildcard where none is supported'],
    ['*example.com', 'has a wildcard where none is supported'],
    ['*.*.example.com', 'has a wildcard where none is supported'],
    ['*.10.0.0.1', 'has a wildcard where none is supported'],
    ['example.com.', 'must not end with a dot'],
    ['*.example.com.:443', 'must not end with a dot'],
    ['api.example.com:0', 'has an invalid port'],
    ['api.example.com:70000', 'has an invalid port'],
    ['api.example.com:https', 'is not a host'],
    ['*:x', 'has a wildcard where none is supported'],
    ['no such host', 'is not a host'],
    ['user@example.com', 'is spelled example.com in URLs; list that'],
    ['0:0:0:0:0:0:0:1', 'is spelled ::1 in URLs; list that'],
    ['', 'is not a host'],
  ] as const)('explains what is wrong with "%s"', ([entry, flaw]) => {
    expect(checkHosts(['good.example', entry])).toEqual([expect.stringContaining(`"${entry}" ${flaw}`)])
  })
})
