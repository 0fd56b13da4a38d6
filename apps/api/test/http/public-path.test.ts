import { expect, test } from 'vitest'
import { publicPathOf, withoutPublicPath } from '../../src/http/public-path.ts'

test('a public path needs no slash at its end, and may be empty', () => {
  const paths = ['', '/', '/a', '/a/b/'].map((path) => publicPathOf(new URL(`https://example.com${path}`)))

  expect([publicPathOf(undefined), ...paths]).toEqual(['', '', '', '/a', '/a/b'])
})

test.for([
  ['/a/b', '/a/b/v1/batches?state=active', '/v1/batches?state=active'],
  ['/a/b', '/a/b', '/'],
  ['/a/b', '/a/b?x', '/?x'],
  ['/a/b', '/a/b/', '/'],
  // The proxy has removed it.
  ['/a/b', '/v1/batches', '/v1/batches'],
  // No path of the API's own follows, or only the beginning is the same.
  ['/a/b', '/a/b/c', '/a/b/c'],
  ['/a/b', '/a/bv1/batches', '/a/bv1/batches'],
  // It has the name of a path of the API itself.
  ['/ui', '/ui/ui/batches', '/ui/batches'],
  ['/ui', '/ui/batches', '/ui/batches'],
  ['/ui', '/ui/?x', '/ui/?x'],
  ['/ui', '/ui', '/ui'],
  ['/v1', '/v1/v1/batches', '/v1/batches'],
  ['/v1', '/v1/batches', '/v1/batches'],
] as const)('under %s, %s means %s', ([publicPath, target, own]) => {
  expect(withoutPublicPath(target, publicPath)).toBe(own)
})
