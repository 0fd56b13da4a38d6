import type { Detection } from '@sluice/client'
import { may, sluice } from '../../data/session.ts'
import { useQuery } from '../../data/use-query.ts'
import { recommendedText } from '../../format/limits.ts'
import { Ago } from '../../parts/time.tsx'

const EVERY_MS = 30_000

/**
 * The newest detection that recommends a limit for one of some queues. Undefined: there is none.
 *
 * @param queues the names of the queues under the limit.
 */
export function useSuggestion(queues: readonly string[]): Detection | undefined {
  const { data } = useQuery('detections', (signal) => sluice.detections.list({ signal, maxRetries: 0 }), {
    everyMs: EVERY_MS,
    isOff: !may('detections:read'),
  })
  return data?.detections.find(({ queue, result }) => queues.includes(queue) && result?.recommended.limit != null)
}

/** What a detection has measured, beside what the limit allows. */
export function Suggestion({ detection: { id, queue, finishedAt, result } }: { detection: Detection }) {
  return (
    <p>
      {result && recommendedText(result.recommended)}: <a href={`detections/${id}`}>measured</a> for queue {queue}{' '}
      <Ago at={finishedAt} />, {result?.confidence} confidence
    </p>
  )
}
