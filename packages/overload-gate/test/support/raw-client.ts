import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { expect } from 'vitest'

/** A connection on which a test decides exactly which bytes are sent, and when. */
export class RawClient {
  readonly #socket: Socket
  #received = ''

  private constructor(socket: Socket) {
    this.#socket = socket
    socket.setEncoding('latin1').on('data', (text: string) => (this.#received += text))
    // A server that closes a connection before it has read everything resets it, which is allowed.
    socket.on('error', () => {})
  }

  static async connect(port: number): Promise<RawClient> {
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true })
    await once(socket, 'connect')
    return new RawClient(socket)
  }

  /** Everything that was received. */
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

  /** Ends the sending side, and continues to receive. */
  halfClose(): void {
    this.#socket.end()
  }

  destroy(): void {
    this.#socket.destroy()
  }

  /** Waits for the next response and returns its status. It does not poll, so that its time is precise. */
  async status(): Promise<number> {
    await once(this.#socket, 'data')
    return Number(this.#received.slice(9, 12))
  }

  /** Waits for this many responses, and returns the status of each. */
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
