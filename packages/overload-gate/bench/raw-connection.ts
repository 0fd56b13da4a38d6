import { connect, type Socket } from 'node:net'

/** The status of a response. 0 if the connection ended before the response was complete. */
export type Status = number

/**
 * A connection for one request at a time. It parses as little of a response as possible, because the client shares the
 * machine with the server.
 */
export class RawConnection {
  readonly #socket: Socket
  #text = ''
  #answer: ((status: Status) => void) | undefined

  constructor(port: number, onReady?: () => void) {
    this.#socket = connect({ port, host: '127.0.0.1', noDelay: true, autoSelectFamily: false })
    this.#socket.setEncoding('latin1')
    if (onReady !== undefined) this.#socket.once('connect', onReady)
    this.#socket.on('data', (text: string) => this.#read(text))
    this.#socket.on('error', () => this.#end(0))
    this.#socket.on('close', () => this.#end(0))
  }

  get isOpen(): boolean {
    return !this.#socket.destroyed && this.#socket.writable
  }

  send(request: string, answer: (status: Status) => void): void {
    this.#answer = answer
    this.#socket.write(request)
  }

  destroy(): void {
    this.#answer = undefined
    this.#socket.destroy()
  }

  #read(text: string): void {
    this.#text += text
    const head = this.#text.indexOf('\r\n\r\n')
    if (head === -1) return
    const length = Number(/content-length: (\d+)/i.exec(this.#text)?.[1] ?? 0)
    if (this.#text.length < head + 4 + length) return
    const status = Number(this.#text.slice(9, 12))
    if (/connection: close/i.test(this.#text.slice(0, head))) this.#socket.destroy()
    this.#text = ''
    this.#end(status)
  }

  #end(status: Status): void {
    const answer = this.#answer
    this.#answer = undefined
    answer?.(status)
  }
}
