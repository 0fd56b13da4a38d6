import { connect, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Answer, parseAnswer } from './answer.ts'

/** Bytes to send, and how long to wait after them. */
export interface Piece {
  bytes: Buffer
  pauseMs?: number
}

/** How long an answer may take. The machine may be busy. */
const LONGEST_ANSWER_MS = 30_000

/** What else arrives within this time is one answer too many. */
const QUIET_MS = 60

/** A connection to the API that keeps the bytes it receives, so that an answer too many is noticed. */
export class Connection {
  #received = Buffer.alloc(0)
  #isClosed = false
  #wake: () => void = () => {}
  readonly #socket: Socket

  constructor(port: number) {
    this.#socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true })
    this.#socket.setNoDelay(true)
    this.#socket.on('data', (bytes) => {
      this.#received = this.#received.length === 0 ? bytes : Buffer.concat([this.#received, bytes])
      this.#wake()
    })
    this.#socket.on('error', () => {})
    for (const event of ['end', 'close']) {
      this.#socket.on(event, () => {
        this.#isClosed = true
        this.#wake()
      })
    }
  }

  get isClosed(): boolean {
    return this.#isClosed
  }

  /** What has arrived and belongs to no answer that was taken. */
  get excess(): string {
    return this.#received.toString('latin1', 0, 300)
  }

  async send(pieces: readonly Piece[]): Promise<void> {
    for (const { bytes, pauseMs } of pieces) {
      if (!this.#socket.writable) return
      this.#socket.write(bytes)
      if (pauseMs !== undefined) await sleep(pauseMs)
    }
  }

  /** Ends the sending half. */
  finish(): void {
    this.#socket.end()
  }

  /** The next answer; undefined if the server closes or is silent for too long without one. */
  async take(isHead: boolean, withinMs = LONGEST_ANSWER_MS): Promise<Answer | undefined> {
    const deadline = performance.now() + withinMs
    for (;;) {
      const parsed = parseAnswer(this.#received, isHead, this.#isClosed)
      if (parsed !== undefined) {
        this.#received = this.#received.subarray(parsed.length)
        return parsed.answer
      }
      if (this.#isClosed || performance.now() > deadline) return undefined
      await this.#change(deadline - performance.now())
    }
  }

  /** Waits until the server has closed, or has been silent for a moment. */
  async settle(): Promise<void> {
    const received = this.#received.length
    if (!this.#isClosed) await this.#change(QUIET_MS)
    if (!this.#isClosed && this.#received.length > received) await this.settle()
  }

  destroy(): void {
    this.#socket.destroy()
  }

  async #change(withinMs: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, Math.max(0, withinMs))
      this.#wake = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }
}
