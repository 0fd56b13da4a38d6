import type { Batch } from '@sluice/client'
import { readBatchText } from '../../data/read-text.ts'
import { useQuery } from '../../data/use-query.ts'
import { Card } from '../../parts/card.tsx'
import { Problem, Skeleton } from '../../parts/notes.tsx'
import { RawJson } from '../../parts/raw-text.tsx'

/** The batch as the API sends it. */
export function RawTab({ batch }: { batch: Batch }) {
  const { data: text, error } = useQuery(`raw ${batch.id}`, (signal) => readBatchText(batch.id, signal))
  return (
    <Card>
      {error !== undefined && <Problem error={error} />}
      {text === undefined ? (
        error === undefined && <Skeleton lines={8} />
      ) : (
        <RawJson title="GET /v1/batches/:id" text={text} fileName={`batch-${batch.id}.json`} />
      )}
    </Card>
  )
}
