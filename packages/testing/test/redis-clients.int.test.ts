import { Redis } from 'ioredis'
import { expect } from 'vitest'
import { listRedisClients, waitUntilClientsGone } from '../src/redis-clients.ts'
import { ownServerTest } from './support/own-server-test.ts'

ownServerTest(
  'a stray connection is named with its last command and where it comes from',
  async ({ redis, redisUrl }) => {
    const before = await listRedisClients(redis)
    const stray = new Redis(redisUrl, { connectionName: 'forgotten' })
    await stray.set('a', '1')

    await expect(waitUntilClientsGone(redis, before, 50)).rejects.toThrow(
      /left connections .*\n {2}name "forgotten", last command set, from [\d.]+:\d+$/,
    )

    stray.disconnect()
    await waitUntilClientsGone(redis, before)
  },
)
