import { type Static, Type } from 'typebox'
import { nullable } from './nullable.ts'

/** How many rows a page of a list may have. */
export function pageSize(fallback: number, maximum: number) {
  return Type.Integer({
    minimum: 1,
    maximum,
    default: fallback,
    description: 'The largest number of rows to return.',
  })
}

/** Where a page starts: the `nextCursor` of the previous one. */
export const Cursor = Type.String({
  minLength: 1,
  maxLength: 200,
  description: 'The `nextCursor` of the previous page. Omit it to read the first page.',
})

/** Where the next page starts. */
export const NextCursor = nullable(
  Type.String({ description: 'The `cursor` of the next page. Null on the last page.' }),
)

/** Rows of a page of queues or limits if the client does not say. */
export const DEFAULT_NAMES_PER_PAGE = 50

/** Which page of queues or limits to list. */
export const ListNamesQuery = Type.Object(
  { pageSize: Type.Optional(pageSize(DEFAULT_NAMES_PER_PAGE, 200)), cursor: Type.Optional(Cursor) },
  { additionalProperties: false },
)
export type ListNamesQuery = Static<typeof ListNamesQuery>
