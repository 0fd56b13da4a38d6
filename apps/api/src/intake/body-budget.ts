import { OverloadedError } from './intake-errors.ts'

/** Memory that the bodies of all open requests of a process share. */
export class BodyBudget {
  readonly #limitBytes: number
  #usedBytes = 0

  readonly #onChange: (usedBytes: number) => void

  /** @param onChange receives what all bodies take now, in bytes. */
  constructor(limitBytes: number, onChange: (usedBytes: number) => void = () => {}) {
    this.#limitBytes = limitBytes
    this.#onChange = onChange
  }

  /** Opens the share of one body, which takes nothing yet. */
  open(): BodyShare {
    return new BodyShare((bytes) => this.#add(bytes))
  }

  #add(bytes: number): void {
    if (bytes > 0 && this.#usedBytes + bytes > this.#limitBytes) {
      throw new OverloadedError(
        `The bodies of all requests would take more than ${this.#limitBytes} bytes of this process.`,
        'bytes',
      )
    }
    this.#usedBytes += bytes
    this.#onChange(this.#usedBytes)
  }
}

/** The part of the budget that one body takes. */
export class BodyShare {
  readonly #add: (bytes: number) => void
  #bytes = 0
  #isClosed = false

  constructor(add: (bytes: number) => void) {
    this.#add = add
  }

  /** What the body takes now. */
  get bytes(): number {
    return this.#bytes
  }

  /** Says how much memory the body takes now. Throws `OverloadedError` if that exceeds the budget; then nothing changes. */
  resize(bytes: number): void {
    // What is left of a request whose client has gone must not take from the budget for ever.
    if (this.#isClosed) return
    this.#add(bytes - this.#bytes)
    this.#bytes = bytes
  }

  /** Returns the share to the budget for good. */
  close(): void {
    this.resize(0)
    this.#isClosed = true
  }
}
