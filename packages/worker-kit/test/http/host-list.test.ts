import { describe, expect, test } from 'vitest'
import { createHostMatcher, portOf } from '../../src/http/host-list.ts'

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
