import { connect, type Socket } from 'node:net'

/** An upload of NDJSON over a plain socket, for clients that misbehave in ways no HTTP client can. */
export class RawUpload {
  /** Everything the server has sent so far. */
  answer = ''
  readonly closed: Promise<void>
  readonly socket: Socket

  /** @param target the path and the query. */
  constructor(baseUrl: string, target: string, headers: Readonly<Record<string, string>> = {}) {
    const { hostname, port } = new URL(baseUrl)
    this.socket = connect(Number(port), hostname)
    this.socket.setEncoding('utf8').on('data', (text: string) => (this.answer += text))
    this.socket.on('error', () => {})
    this.closed = new Promise((resolve) => this.socket.once('close', () => resolve()))
    this.socket.write(
      `POST ${target} HTTP/1.1\r\nHost: localhost\r\n` +
        Object.entries(headers)
          .map(([name, value]) => `${name}: ${value}\r\n`)
          .join('') +
        'Content-Type: application/x-ndjson\r\nTransfer-Encoding: chunked\r\n\r\n',
    )
  }

  /** Sends a piece of the body. Returns false if the connection accepts no more for now. */
  send(text: string): boolean {
    return this.socket.write(`${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`)
  }

  /** Ends the body. */
  end(): void {
    this.socket.write('0\r\n\r\n')
  }

  /** Closes the connection abruptly. */
  hangUp(): void {
    this.socket.destroy()
  }
}
