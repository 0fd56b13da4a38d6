import type { Detection } from '@sluice/client'
import { useState } from 'preact/hooks'
import { may, sluice } from '../../data/session.ts'
import { useQuery } from '../../data/use-query.ts'
import { withReason } from '../../data/with-reason.ts'
import { AwaitedPage } from '../../parts/awaited-page.tsx'
import { Badge } from '../../parts/badge.tsx'
import { Card } from '../../parts/card.tsx'
import type { ActionRequest } from '../../parts/dialog.tsx'
import { ActionButton } from '../../parts/dialog-button.tsx'
import { Facts } from '../../parts/facts.tsx'
import { Problem } from '../../parts/notes.tsx'
import { PageHead, useTitle } from '../../parts/page-head.tsx'
import { Ago } from '../../parts/time.tsx'
import type { PageProps } from '../page.ts'
import { DetectionProgressCard } from './detection-progress.tsx'
import { DetectionResultCard } from './detection-result.tsx'
import { isOpen, toneOfDetection } from './detection-text.ts'

/** A detection: how far it is, and what it has found. */
export function DetectionPage({ params: { id = '' } }: PageProps) {
  useTitle('Detection')
  const [everyMs, setEveryMs] = useState(1000)
  const { data, error, refresh } = useQuery(
    `detection ${id}`,
    async (signal) => {
      const detection = await sluice.detections.get(id, { signal, maxRetries: 0 })
      setEveryMs(isOpen(detection) ? 1000 : 30_000)
      return detection
    },
    { everyMs },
  )
  if (data === undefined) return <AwaitedPage title="Detection" error={error} />
  return (
    <>
      <PageHead
        title={<bdi>{data.url}</bdi>}
        badge={<Badge tone={toneOfDetection(data.state)}>{data.state}</Badge>}
        actions={
          may('detections:write') &&
          isOpen(data) && <ActionButton title="Cancel" request={() => cancelRequest(data, refresh)} />
        }
      />
      {error !== undefined && <Problem error={error} />}
      {data.error !== null && (
        <div class="problem" data-tone="failed">
          <strong>{data.error.reason.replaceAll('_', ' ')}</strong>
          <span>{data.error.message}</span>
        </div>
      )}
      <div class="columns">
        <DetectionProgressCard detection={data} />
        <Card title="The call">
          <Call detection={data} />
        </Card>
      </div>
      {data.result !== null && <DetectionResultCard queue={data.queue} result={data.result} />}
    </>
  )
}

function Call({
  detection: { method, queue, tenant, headerNames, createdAt, startedAt, finishedAt },
}: {
  detection: Detection
}) {
  return (
    <Facts
      facts={[
        ['Method', method ?? 'POST with a body, otherwise GET'],
        ['Queue', <a href={`queues/${queue}`}>{queue}</a>],
        ['Tenant', tenant],
        ['Headers', headerNames.length === 0 ? 'none' : headerNames.join(', ')],
        ['Created', <Ago at={createdAt} />],
        ['Started', startedAt === null ? 'not yet: a worker that serves the queue starts it' : <Ago at={startedAt} />],
        ['Ended', finishedAt === null ? undefined : <Ago at={finishedAt} />],
      ]}
    />
  )
}

function cancelRequest({ id, url }: Detection, onDone: () => void): ActionRequest {
  return {
    title: 'Cancel the detection?',
    verb: 'Cancel the detection',
    explanation: 'Its calls stop within a second. What it has found so far is lost.',
    touches: 0,
    name: url,
    isDangerous: true,
    run: async (reason) => {
      await sluice.detections.cancel(id, withReason(reason))
      onDone()
    },
  }
}
