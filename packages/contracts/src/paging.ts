import { Type } from 'typebox'

/** How many rows a page may have. */
export function pageSize(fallback: number, maximum: number) {
  return Type.Integer({
    minimum: 1,
    maximum,
    default: fallback,
    description: `Rows a page may have. Default ${fallback}.`,
  })
}

/** Where a page starts: the `nextCursor` of the one before. */
export const Cursor = Type.String({
  minLength: 1,
  maxLength: 200,
  description: 'The nextCursor of the page before. Left out: the first page.',
})
