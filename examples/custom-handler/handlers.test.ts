import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, test } from 'node:test'
import { testAttempt } from '@sluice/worker-kit/testing'
import handlers from './handlers.ts'

const server = createServer(({ url }, response) => {
  if (url === '/page') response.end('Three short words')
  else response.writeHead(Number(url?.slice(1)), { 'retry-after': '7' }).end()
}).listen(0, '127.0.0.1')
await once(server, 'listening')
after(() => server.close())
const count = (path: string) => {
  return testAttempt(handlers['count-words'], {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/${path}`,
  })
}

void test('counts the words of a page', async () => {
  const ended = await count('page')

  assert.equal(ended.kind, 'completed')
  assert.equal((ended as { result: { words: number } }).result.words, 3)
})

void test('waits when the site asks for it, and gives up on a page that is gone', async () => {
  assert.equal((await count('429')).kind, 'postponed')
  assert.equal((await count('404')).kind, 'failed')
  assert.equal((await count('500')).kind, 'retry')
})

void test('fails a payload without a url at once', async () => {
  assert.equal((await testAttempt(handlers['count-words'], {})).kind, 'failed')
})
