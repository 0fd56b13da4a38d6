import { redisTest, startRedis } from '../src/index.ts'

/** A `redisTest` that may look at all keys and connections, as no other run can be using its server. */
export const ownServerTest = redisTest.override(
  'redisServer',
  { scope: 'file' },
  // oxlint-disable-next-line no-empty-pattern -- vitest insists on a pattern.
  async ({}, { onCleanup }) => {
    const server = await startRedis({ exclusive: true })
    onCleanup(() => server.stop())
    return server
  },
)
