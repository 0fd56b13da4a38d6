import type { Readable } from 'node:stream'
import { errorCodes, type FastifyRequest } from 'fastify'
import type { BodyShare } from '../../intake/body-budget.ts'
import { BodyTooSlowError } from '../../intake/intake-errors.ts'

/** How much of a body is read, and for how long. */
export interface BodyLimits {
  maxBytes: number
  timeoutMs: number
}

/** The first size of a buffer. It doubles while the body grows. */
const SMALLEST_BUFFER = 4096

/**
 * Reads the whole body of a request. It is copied into one buffer as it arrives: a client may send single bytes, and
 * each piece that is kept takes a hundred bytes more than it holds.
 *
 * Rejects with Fastify's errors for a body that is too large or shorter than declared, with `OverloadedError` if all
 * bodies together take too much memory, and with `BodyTooSlowError`.
 */
export function readBody(
  request: FastifyRequest,
  stream: Readable,
  { maxBytes, timeoutMs }: BodyLimits,
): Promise<Buffer> {
  const declared = declaredBytes(request)
  if (declared !== undefined && declared > maxBytes) return Promise.reject(new errorCodes.FST_ERR_CTP_BODY_TOO_LARGE())
  const body = new GrowingBody(request.bodyShare, Math.min(declared ?? maxBytes, maxBytes))

  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => fail(new BodyTooSlowError(timeoutMs, body.length)), timeoutMs)
    stream.on('data', onData).on('end', onEnd).on('error', fail)

    function onData(piece: Buffer): void {
      try {
        body.add(piece)
      } catch (error) {
        fail(error as Error)
      }
    }

    function onEnd(): void {
      if (declared !== undefined && declared !== body.length) {
        return fail(new errorCodes.FST_ERR_CTP_INVALID_CONTENT_LENGTH())
      }
      detach()
      resolve(body.bytes())
    }

    /** What was read is dropped at once. The answer may have to wait for the client. */
    function fail(error: Error): void {
      detach()
      request.bodyShare.close()
      reject(error)
    }

    function detach(): void {
      clearTimeout(timer)
      stream.off('data', onData).off('end', onEnd).off('error', fail)
    }
  })
}

function declaredBytes({ headers }: FastifyRequest): number | undefined {
  const bytes = Number(headers['content-length'])
  return Number.isNaN(bytes) ? undefined : bytes
}

/** The part of a body that has arrived, in a buffer that grows up to `maxBytes`. */
class GrowingBody {
  length = 0
  readonly #share: BodyShare
  readonly #maxBytes: number
  #buffer = Buffer.alloc(0)

  constructor(share: BodyShare, maxBytes: number) {
    this.#share = share
    this.#maxBytes = maxBytes
  }

  add(piece: Buffer): void {
    const length = this.length + piece.length
    if (length > this.#maxBytes) throw new errorCodes.FST_ERR_CTP_BODY_TOO_LARGE()
    if (length > this.#buffer.length) this.#grow(length)
    piece.copy(this.#buffer, this.length)
    this.length = length
  }

  bytes(): Buffer {
    return this.#buffer.subarray(0, this.length)
  }

  #grow(length: number): void {
    const size = Math.min(this.#maxBytes, Math.max(length, 2 * this.#buffer.length, SMALLEST_BUFFER))
    // What was reserved when the request arrived stays: otherwise others could take it meanwhile.
    this.#share.resize(Math.max(size, this.#share.bytes))
    // Not from Node's pool: a small part of it would keep all of it in memory.
    const buffer = Buffer.allocUnsafeSlow(size)
    this.#buffer.copy(buffer, 0, 0, this.length)
    this.#buffer = buffer
  }
}
