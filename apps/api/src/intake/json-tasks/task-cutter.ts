/** Where a body has its tasks: the body is the array, or it is an object whose member `tasks` is. */
export type TasksPlace = 'body' | 'body/tasks'

const QUOTE = 0x22
const BACKSLASH = 0x5c
const COMMA = 0x2c
const COLON = 0x3a
const OPEN_BRACKET = 0x5b
const CLOSE_BRACKET = 0x5d
const OPEN_BRACE = 0x7b
const CLOSE_BRACE = 0x7d
const SPACE = 0x20

/** The text of one task. */
export interface CutTask {
  bytes: Buffer
  /** Whether it has white space around it or between its parts. */
  hasSpace: boolean
}

/** Bytes scanned in one go, which takes a fraction of a millisecond. */
const BYTES_AT_ONCE = 65_536

/** `"tasks"` with each letter escaped. */
const LONGEST_KEY = 32

/**
 * Cuts the array of tasks out of a JSON body, task by task, one piece of the body at a time.
 *
 *     before ──(the array begins)──► inside ──(it ends)──► after
 *
 * It checks as little of the syntax as possible: the whole body is JSON if each text that was cut out is JSON, and the
 * rest of the body is JSON with an empty array in their place.
 */
export class TaskCutter {
  /** Whether the array occurred more than once, so that the body is ambiguous. */
  isRepeated = false
  readonly #bytes: Buffer
  readonly #place: TasksPlace
  #phase: 'before' | 'inside' | 'after' = 'before'
  #at = 0
  #depth = 0
  #isInString = false
  /** Bounds of the last string, with its quotes. */
  #stringStart = 0
  #stringEnd = 0
  /** The current member of the outermost object. */
  #key: string | undefined
  #arrayStart = 0
  #arrayEnd = 0
  #taskStart = 0
  #hasSpace = false

  constructor(bytes: Buffer, place: TasksPlace) {
    this.#bytes = bytes
    this.#place = place
  }

  /** Whether the whole body has been scanned. */
  get isDone(): boolean {
    return this.#at >= this.#bytes.length
  }

  /** Whether the array has begun and not ended. */
  get isInside(): boolean {
    return this.#phase === 'inside'
  }

  /** Bytes outside the array so far. */
  get restBytes(): number {
    if (this.#phase === 'before') return this.#at
    return this.#arrayStart + (this.#phase === 'after' ? this.#at - this.#arrayEnd : 0)
  }

  /** The body with an empty array in place of the tasks. Complete once the whole body has been scanned. */
  rest(): Buffer {
    if (this.#phase === 'before') return this.#bytes
    return Buffer.concat([this.#bytes.subarray(0, this.#arrayStart), this.#bytes.subarray(this.#arrayEnd)])
  }

  /** Scans the next piece, up to the end of a task, which it returns. */
  next(): CutTask | undefined {
    const stop = Math.min(this.#bytes.length, this.#at + BYTES_AT_ONCE)
    while (this.#at < stop) {
      const task = this.#isInString ? this.#skipString(stop) : this.#step(this.#bytes[this.#at++] ?? SPACE)
      if (task !== undefined) return task
    }
    return undefined
  }

  #skipString(stop: number): undefined {
    let at = this.#at
    for (let byte = this.#bytes[at]; at < stop && byte !== QUOTE; byte = this.#bytes[at]) {
      at += byte === BACKSLASH ? 2 : 1
    }
    this.#isInString = at >= stop
    this.#at = this.#isInString ? at : at + 1
    this.#stringEnd = this.#at
  }

  /** Handles a byte outside of strings. */
  #step(byte: number): CutTask | undefined {
    switch (byte) {
      case QUOTE:
        this.#stringStart = this.#at - 1
        this.#isInString = true
        return undefined
      case OPEN_BRACKET:
        if (this.#isTasks()) this.#enter()
        else this.#depth += 1
        return undefined
      case OPEN_BRACE:
        this.#depth += 1
        return undefined
      case CLOSE_BRACKET:
      case CLOSE_BRACE:
        return this.#close(byte)
      case COMMA:
        return this.#comma()
      case COLON:
        if (this.#isAtMember()) this.#key = this.#readKey()
        return undefined
      default:
        if (byte <= SPACE) this.#hasSpace = true
        return undefined
    }
  }

  #isAtMember(): boolean {
    return this.#place === 'body/tasks' && this.#phase !== 'inside' && this.#depth === 1
  }

  #readKey(): string | undefined {
    if (this.#stringEnd - this.#stringStart > LONGEST_KEY) return undefined
    try {
      return JSON.parse(this.#bytes.toString('utf8', this.#stringStart, this.#stringEnd)) as string
    } catch {
      return undefined
    }
  }

  /** Whether the array that begins here is the array of tasks. */
  #isTasks(): boolean {
    if (this.#phase === 'inside') return false
    const isHere = this.#place === 'body' ? this.#depth === 0 : this.#isAtMember() && this.#key === 'tasks'
    if (isHere && this.#phase === 'after') this.isRepeated = true
    return isHere && !this.isRepeated
  }

  /** From here on, depth counts from the array. */
  #enter(): void {
    this.#phase = 'inside'
    this.#depth = 0
    this.#arrayStart = this.#at
    this.#taskStart = this.#at
    this.#hasSpace = false
  }

  #comma(): CutTask | undefined {
    if (this.#isAtMember()) this.#key = undefined
    return this.#phase === 'inside' && this.#depth === 0 ? this.#cut() : undefined
  }

  #close(byte: number): CutTask | undefined {
    const isOfTask = this.#phase !== 'inside' || this.#depth > 0
    if (isOfTask) this.#depth -= 1
    // A brace here belongs to no task. The text that it spoils is refused when it is parsed.
    if (isOfTask || byte === CLOSE_BRACE) return undefined
    this.#phase = 'after'
    this.#arrayEnd = this.#at - 1
    this.#depth = this.#place === 'body' ? 0 : 1
    const last = this.#cut()
    return this.#isAll(last) && isBlank(last) ? undefined : last
  }

  /** Whether this is the only text in the array. */
  #isAll({ bytes }: CutTask): boolean {
    return bytes.length === this.#arrayEnd - this.#arrayStart
  }

  #cut(): CutTask {
    const task = { bytes: this.#bytes.subarray(this.#taskStart, this.#at - 1), hasSpace: this.#hasSpace }
    this.#taskStart = this.#at
    this.#hasSpace = false
    return task
  }
}

/** An empty array has no task. After a comma there must be one. */
function isBlank({ bytes }: CutTask): boolean {
  return bytes.every((byte) => byte <= SPACE)
}
