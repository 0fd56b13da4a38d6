import { Card } from '../parts/card.tsx'
import { Empty } from '../parts/notes.tsx'

/** What an address shows that no page has. */
export function NotFoundPage() {
  return (
    <Card>
      <Empty title="No such page">
        <p>
          The address is wrong, or your API key does not permit this page. <a href="./">Go to the first page</a>.
        </p>
      </Empty>
    </Card>
  )
}
