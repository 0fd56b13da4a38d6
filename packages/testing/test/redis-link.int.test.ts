import { once } from 'node:events'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { Redis } from 'ioredis'
import { describe, expect } from 'vitest'
import { RedisLink, startRedis } from '../src/index.ts'
import { ownServerTest } from './support/own-server-test.ts'

const linkTest = ownServerTest
  .extend('link', async ({ redisUrl, onTestFinished }) => {
    const link = await RedisLink.start(redisUrl)
    onTestFinished(() => link.close())
    return link
  })
  .extend('client', ({ link, onTestFinished }) => {
    const client = new Redis(link.url, { maxRetriesPerRequest: null, retryStrategy: () => 20 })
    client.on('error', () => {})
    onTestFinished(() => client.disconnect())
    return client
  })

/** What a command has been answered after a tenth of a second. */
async function soon(answer: Promise<unknown>): Promise<unknown> {
  const late = new Promise((resolve) => {
    setTimeout(resolve, 100, 'no answer')
  })
  return await Promise.race([answer, late])
}

describe('a link to Redis', () => {
  linkTest('passes traffic on, with the delay that is set', async ({ client, link }) => {
    await client.set('a', '1')
    link.delay(60)
    const startedAt = performance.now()

    expect(await Promise.all([client.get('a'), client.set('a', '2'), client.get('a')])).toEqual(['1', 'OK', '2'])
    expect(performance.now() - startedAt).toBeGreaterThan(115)
  })

  linkTest('keeps the order when it gets faster', async ({ client, link }) => {
    for (let round = 0; round < 300; round += 1) {
      link.delay(2)
      const slow = client.echo(`slow ${round}`)
      // The second sets off just before the first arrives.
      for (const sentAt = performance.now(); performance.now() - sentAt < 1 + (round % 10) / 10;) {
        await new Promise(setImmediate)
      }
      link.delay(0)
      const fast = client.echo(`fast ${round}`)

      expect(await Promise.all([slow, fast])).toEqual([`slow ${round}`, `fast ${round}`])
    }
  })

  linkTest('can be cut and restored', async ({ client, link }) => {
    await client.ping()

    link.cut()
    const answer = client.ping()
    expect(await soon(answer)).toBe('no answer')
    link.restore()

    expect(await answer).toBe('PONG')
  })

  linkTest('can swallow everything until it is restored', async ({ client, link }) => {
    await client.ping()

    link.deafen()
    const answer = client.ping()
    expect(await soon(answer)).toBe('no answer')
    expect(client.status).toBe('ready')
    link.restore()

    expect(await answer).toBe('PONG')
  })

  linkTest('can forget its connections for good, while new ones work', async ({ client, link, onTestFinished }) => {
    await client.ping()

    link.forget()
    const other = new Redis(link.url)
    onTestFinished(() => other.disconnect())

    expect(await other.ping()).toBe('PONG')
    expect(await soon(client.ping())).toBe('no answer')
    expect(client.status).toBe('ready')
  })
  linkTest('can break in the middle of a reply, while new connections work', async ({ client, link }) => {
    await client.set('a', '0123456789'.repeat(10))
    const { port } = new URL(link.url)
    const socket = connect(Number(port), '127.0.0.1')
    await once(socket, 'connect')
    socket.write('PING\r\n')
    await once(socket, 'data')

    link.breakAtReply()
    socket.write('GET a\r\n')
    const received = await text(socket)

    expect(received).toMatch(/^\$100\r\n(0123456789)+\d*$/)
    expect(received.length).toBeLessThan(100)
    expect(await client.strlen('a')).toBe(100)
  })

  linkTest('can lead to another server', async ({ client, link, onTestFinished }) => {
    const other = await startRedis({ exclusive: true })
    onTestFinished(() => other.stop())
    await client.set('a', '1')

    link.redirect(other.url)

    expect(await client.get('a')).toBeNull()
  })
})
