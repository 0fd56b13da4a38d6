import { describe, expect, test } from 'vitest'
import { parseTarget } from '../../src/http/http-target.ts'
import { checkSecretHosts, createOriginMatcher } from '../../src/http/secret-hosts.ts'

const matches = (entry: string, url: string) => createOriginMatcher([entry])(parseTarget(url).origin)

describe('the hosts of a secret', () => {
  test.for<[string, string]>([
    ['api.example.com', 'https://api.example.com/v1?q'],
    ['API.example.com', 'https://api.EXAMPLE.com:443/'],
    ['api.example.com:8443', 'https://api.example.com:8443/'],
    ['https://api.example.com', 'https://api.example.com/'],
    ['http://10.0.0.5:8080', 'http://10.0.0.5:8080/'],
    ['http://localhost', 'http://localhost:80/'],
    ['[::1]:8443', 'https://[::1]:8443/'],
    ['bücher.example', 'https://xn--bcher-kva.example/'],
  ])('%s lets it go to %s', ([entry, url]) => {
    expect(checkSecretHosts([entry])).toEqual([])
    expect(matches(entry, url)).toBe(true)
  })

  test.for<[string, string]>([
    ['api.example.com', 'http://api.example.com/'],
    ['api.example.com', 'http://api.example.com:443/'],
    ['api.example.com', 'https://api.example.com:8443/'],
    ['api.example.com', 'https://evil.api.example.com/'],
    ['api.example.com', 'https://api.example.com.evil.example/'],
    ['api.example.com', 'https://api.example.com./'],
    ['api.example.com:8443', 'https://api.example.com/'],
    ['http://api.example.com', 'https://api.example.com/'],
    ['http://10.0.0.5:8080', 'http://10.0.0.5/'],
  ])('%s does not let it go to %s', ([entry, url]) => {
    expect(matches(entry, url)).toBe(false)
  })

  test.for([
    '*',
    '*.example.com',
    '',
    'a b',
    'api.example.com/',
    'api.example.com/v1',
    'api.example.com?q',
    'me@api.example.com',
    'ftp://api.example.com',
    'wss://api.example.com',
    'api.example.com.',
    'api.example.com:99999',
    '::1',
  ])('"%s" is refused with the entry', (entry) => {
    const problems = checkSecretHosts([entry, 'good.example'])

    expect(problems).toHaveLength(1)
    expect(problems[0]).toMatch(/^".*" \S.*\.$/s)
    expect(problems[0]).toContain(`"${entry}"`)
  })
})
