import { randomInt } from 'node:crypto'
import { createServer } from 'node:net'

// Below every system's range of ports for outgoing connections. From inside it, a client that keeps trying a server
// which is down is sooner or later given the very port it calls, connects to itself, and the server cannot come back.
const LOWEST = 10_000
const HIGHEST = 18_999

/** A Redis Cluster node listens a second time, this much higher. */
const BUS_OFFSET = 10_000

/** A TCP port on which nobody listens now, good for a server of any kind. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(LOWEST, HIGHEST + 1)
    if ((await isFree(port)) && (await isFree(port + BUS_OFFSET))) return port
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    // On all interfaces, so that a server on any one of them counts.
    server.listen(port, '0.0.0.0', () => server.close(() => resolve(true)))
  })
}
