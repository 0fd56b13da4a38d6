import { query, setQuery } from '../routing/location.ts'
import { Icon } from './icon.tsx'

/** Goes through the pages of a list, whose cursor is in the query of the page. */
export function Pager({ nextCursor }: { nextCursor: string | null }) {
  const cursor = query.value.get('cursor')
  if (cursor === null && nextCursor === null) return null
  return (
    <nav class="row spread" aria-label="Pages of the list">
      <button
        type="button"
        class="button"
        disabled={cursor === null}
        onClick={() => setQuery({ cursor: undefined }, { replace: false })}
      >
        <Icon name="back" /> First page
      </button>
      <button
        type="button"
        class="button"
        disabled={nextCursor === null}
        onClick={() => setQuery({ cursor: nextCursor ?? undefined }, { replace: false })}
      >
        Next page <Icon name="next" />
      </button>
    </nav>
  )
}
