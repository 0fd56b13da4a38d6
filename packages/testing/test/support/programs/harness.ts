/** Starts a server and a Redis as a test does, says on which ports they are, and waits to be killed. */
import { freePort, startProcess, startRedis } from '../../../src/servers.ts'

const port = await freePort()
await startProcess({
  entry: new URL('server.ts', import.meta.url),
  env: { EXAMPLE_PORT: String(port) },
  ready: /ready/,
})
const redis = await startRedis({ exclusive: true })
console.log(`started ${port} ${new URL(redis.url).port}`)
