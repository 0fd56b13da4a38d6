import type { Detection } from '@sluice/client'
import { sluice } from '../../data/session.ts'
import { useQuery } from '../../data/use-query.ts'
import { count } from '../../format/numbers.ts'
import { Badge } from '../../parts/badge.tsx'
import { NewButton } from '../../parts/dialog-button.tsx'
import { ListPage } from '../../parts/list-page.tsx'
import { Empty } from '../../parts/notes.tsx'
import type { Column } from '../../parts/table.tsx'
import { Ago } from '../../parts/time.tsx'
import { rateText, toneOfDetection } from './detection-text.ts'
import { StartDetectionDialog } from './start-detection-dialog.tsx'

const COLUMNS: readonly Column<Detection>[] = [
  { title: 'Upstream', isWide: true, value: ({ url }) => <bdi>{url}</bdi> },
  { title: 'State', value: ({ state }) => <Badge tone={toneOfDetection(state)}>{state}</Badge> },
  { title: 'Queue', isMinor: true, value: ({ queue }) => queue },
  { title: 'Rate', value: ({ result, progress }) => (result ? rateText(result) : (progress?.stage ?? '–')) },
  { title: 'Calls', isNumber: true, value: ({ result, progress }) => count((result?.cost ?? progress)?.requests ?? 0) },
  { title: 'Created', isNumber: true, isMinor: true, value: ({ createdAt }) => <Ago at={createdAt} /> },
]

/** The detections of the last day, newest first. */
export function DetectionsPage() {
  const { data, error } = useQuery('detections', (signal) => sluice.detections.list({ signal, maxRetries: 0 }))
  return (
    <ListPage
      title="Detections"
      actions={
        <NewButton
          title="New detection"
          permission="detections:write"
          dialog={(close) => <StartDetectionDialog onClose={close} />}
        />
      }
      data={data && { rows: data.detections }}
      error={error}
      columns={COLUMNS}
      idOf={({ id }) => id}
      linkOf={({ id }) => `detections/${id}`}
      empty={
        <Empty title="No detections of the last day">
          <p>
            A detection measures what an upstream accepts that does not document its limits, by calling it. It
            recommends the settings of a limit and the concurrency of a queue.
          </p>
        </Empty>
      }
    />
  )
}
