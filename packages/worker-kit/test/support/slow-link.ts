import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import { onTestFinished } from 'vitest'

/**
 * Starts a link to Redis that adds `lagMs` in each direction, for the current test. Between any two commands over this
 * link, clients with a direct connection can act. Returns its URL.
 */
export async function startSlowLink(redisUrl: string, lagMs: number): Promise<string> {
  const { hostname, port } = new URL(redisUrl)
  const sockets = new Set<Socket>()
  const server = createServer((near) => {
    const far = connect(Number(port), hostname)
    forward(near, far, lagMs)
    forward(far, near, lagMs)
    sockets.add(near).add(far)
  })
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  onTestFinished(() => {
    server.close()
    for (const socket of sockets) socket.destroy()
  })
  return `redis://127.0.0.1:${(server.address() as AddressInfo).port}`
}

function forward(from: Socket, to: Socket, lagMs: number): void {
  from.setNoDelay(true)
  // Timers of equal length fire in order.
  from.on('data', (chunk: Buffer) => setTimeout(() => to.write(chunk), lagMs))
  from.on('close', () => setTimeout(() => to.destroy(), lagMs))
  from.on('error', () => {})
}
