import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { expect } from 'vitest'

/** A connection on which a test says exactly what is sent, and when. */
export class RawClient {
  readonly #socket: Socket
  #received = ''

  private constructor(socket: Socket) {
    this.#socket = socket
    socket.setEncoding('latin1').on('data', (text: string) => (this.#received += text))
    // A server that closes before it has read everything resets the connection: that is one of its rights.
    socket.on('error', () => {})
  }

  static async connect(port: number): Promise<RawClient> {
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true })
    await once(socket, 'connect')
    return new RawClient(socket)
  }

  /** All that has come back. */
  get received(): string {
    return this.#received
  }

  /** Whether the server has ended the connection. */
  get isEnded(): boolean {
    return this.#socket.readableEnded || this.#socket.destroyed
  }

  write(bytes: string): void {
    this.#socket.write(bytes)
  }

  /** Says that nothing more will be sent, and goes on listening. */
  halfClose(): void {
    this.#socket.end()
  }

  destroy(): void {
    this.#socket.destroy()
  }

  /** Waits for the next answer and returns its status. Precise in time, as it does not poll. */
  async status(): Promise<number> {
    await once(this.#socket, 'data')
    return Number(this.#received.slice(9, 12))
  }

  /** Waits until so many answers have come, and returns the status of each. */
  async statuses(count: number): Promise<number[]> {
    const statuses = () => [...this.#received.matchAll(/HTTP\/1\.1 (\d{3})/g)].map(([, status]) => Number(status))
    await expect.poll(() => statuses().length).toBe(count)
    return statuses()
  }
}

/** The text of a request. */
export function requestText(
  method: string,
  path: string,
  headers: Record<string, string | number> = {},
  body = '',
): string {
  const lines = Object.entries({ host: 'test', ...headers }).map(([name, value]) => `${name}: ${value}\r\n`)
  return `${method} ${path} HTTP/1.1\r\n${lines.join('')}\r\n${body}`
}
