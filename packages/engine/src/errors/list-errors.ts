import { SluiceError } from './sluice-error.ts'

/** A cursor was not returned by this list. */
export class CursorInvalidError extends SluiceError {
  readonly kind = 'invalid'
  readonly code = 'SLUICE_CURSOR_INVALID'

  constructor(cursor: string) {
    super(
      `"${cursor.slice(0, 100)}" is not a valid cursor for this list. Pass the previous page's nextCursor unchanged.`,
    )
  }
}
