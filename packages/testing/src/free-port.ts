import { randomInt } from 'node:crypto'
import { createSocket } from 'node:dgram'
import { createServer } from 'node:net'

// Below every system's range of ports for outgoing connections. From inside it, a client that keeps trying a server
// which is down is sooner or later given the very port it calls, connects to itself, and the server cannot come back.
const LOWEST = 10_000
const HIGHEST = 18_999

/** The only port in the range that `fetch` refuses to call: the standard blocks it, since another protocol uses it. */
const REFUSED_BY_FETCH = 10_080

/** A Redis Cluster node listens a second time, this much higher. */
const BUS_OFFSET = 10_000

/**
 * Returns a TCP port on which no process listens, for a server of any kind. As long as this process lives, no other call in
 * any process returns it: the server may start late, or end and start again.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(LOWEST, HIGHEST + 1)
    if (port !== REFUSED_BY_FETCH && (await claim(port)) && (await isFree(port)) && (await isFree(port + BUS_OFFSET)))
      return port
  }
}

/** Claims a port by a UDP socket of the same number, which blocks no server and ends with this process in any case. */
function claim(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createSocket('udp4').unref()
    socket.once('error', () => resolve(false))
    socket.bind({ port, address: '127.0.0.1', exclusive: true }, () => resolve(true))
  })
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    // On all interfaces, so that a server on any one of them counts.
    server.listen(port, '0.0.0.0', () => server.close(() => resolve(true)))
  })
}
