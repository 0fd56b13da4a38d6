import type { Readable, Transform } from 'node:stream'
import { constants, createGunzip, createZstdDecompress } from 'node:zlib'
import { BodyDamagedError, BodyExpandsError, UploadAbortedError } from '../intake-errors.ts'

/** The content codings in which an upload may come besides as it is. */
export const UPLOAD_CODINGS = ['gzip', 'zstd'] as const

export type UploadCoding = (typeof UPLOAD_CODINGS)[number]

/** The largest window that zstd may have as a content coding: 8 MB (RFC 9659). A frame names its own, up to 2 GB. */
const ZSTD_WINDOW_LOG = 23

const DECOMPRESS: Readonly<Record<UploadCoding, () => Transform & { bytesWritten: number }>> = {
  // Several members are one text.
  gzip: () => createGunzip(),
  // Node would silently skip what follows the first frame.
  zstd: () =>
    createZstdDecompress({
      params: { [constants.ZSTD_d_windowLogMax]: ZSTD_WINDOW_LOG },
      rejectGarbageAfterEnd: true,
    }),
}

/** Memory of a decompressor besides what it has handed over, in bytes. */
const MEMORY_BYTES: Readonly<Record<UploadCoding, number>> = { gzip: 131_072, zstd: 2 ** ZSTD_WINDOW_LOG + 262_144 }

/** So many times its compressed size may a body have, beyond the first bytes. JSON lines have 5 to 30 times. */
const MOST_EXPANSION = 200
const FREE_BYTES = 16_777_216

/**
 * The bytes of an upload, decompressed if it has a content coding. It reads no faster than its reader, and keeps pieces of
 * 16 KiB.
 */
export class UploadBody {
  readonly #stream: Readable
  readonly #coding: UploadCoding | undefined
  #decompressor: (Transform & { bytesWritten: number }) | undefined
  #bytes = 0

  constructor(stream: Readable, coding: UploadCoding | undefined) {
    this.#stream = stream
    this.#coding = coding
  }

  /** Bytes that the client has sent and that were read. */
  get receivedBytes(): number {
    return this.#decompressor?.bytesWritten ?? this.#bytes
  }

  /** Memory that decompressing takes. */
  get memoryBytes(): number {
    return this.#coding === undefined ? 0 : MEMORY_BYTES[this.#coding]
  }

  /** The stream to read. Called once. */
  open(): Readable {
    if (this.#coding === undefined) return this.#stream
    this.#decompressor = DECOMPRESS[this.#coding]()
    this.#stream.on('error', this.#onBreak).on('close', this.#onBreak)
    if (this.#stream.destroyed) this.#onBreak()
    return this.#stream.pipe(this.#decompressor)
  }

  /** Counts a piece that was read. Throws `BodyExpandsError`. */
  count(bytes: number): void {
    this.#bytes += bytes
    if (this.#coding === undefined || this.#bytes <= FREE_BYTES) return
    if (this.#bytes > this.receivedBytes * MOST_EXPANSION) throw new BodyExpandsError(this.#coding, MOST_EXPANSION)
  }

  /** What an error of the stream means: a damaged body, or a client that is gone. */
  explain(error: unknown): BodyDamagedError | UploadAbortedError {
    const { code = '' } = (error ?? {}) as NodeJS.ErrnoException
    const isDamaged = this.#coding !== undefined && /^(Z_|ZSTD_|ERR_TRAILING_JUNK)/.test(code)
    return isDamaged ? new BodyDamagedError(this.#coding, code) : new UploadAbortedError()
  }

  /** Stops reading. The stream itself stays: the answer still has to travel over the same connection. */
  close(): void {
    if (this.#decompressor !== undefined) {
      this.#stream.unpipe(this.#decompressor).off('close', this.#onBreak)
      this.#decompressor.destroy()
    }
    if (!this.#stream.destroyed) this.#stream.pause()
  }

  /** A pipe does not pass on that its source has broken. */
  readonly #onBreak = () => {
    if (!this.#stream.readableEnded) this.#decompressor?.destroy()
  }
}
