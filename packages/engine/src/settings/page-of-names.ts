import { CursorInvalidError } from '../errors.ts'

/** Which page of a list of names to read. */
export interface NamePageRequest {
  /** Maximum number of names. */
  pageSize: number
  /** The `nextCursor` of an earlier page. Default: the first page. */
  cursor?: string | undefined
}

/** One page of a list of names. */
export interface NamePage {
  names: string[]
  /** The cursor of the next page. Null on the last page. */
  nextCursor: string | null
}

const NAME = /^[a-z0-9][a-z0-9._-]{0,62}$/

/**
 * Returns a page of names that are in alphabetical order. A cursor is the last name of its page, which may have been
 * deleted since. Throws `CursorInvalidError`.
 */
export function pageOfNames(names: readonly string[], { pageSize, cursor }: NamePageRequest): NamePage {
  if (cursor !== undefined && !NAME.test(cursor)) throw new CursorInvalidError(cursor)
  const rest = cursor === undefined ? names : names.filter((name) => name > cursor)
  const page = rest.slice(0, pageSize)
  return { names: page, nextCursor: rest.length > pageSize ? (page.at(-1) ?? null) : null }
}
