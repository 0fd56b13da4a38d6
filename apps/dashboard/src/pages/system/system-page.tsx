import type { BatchStates, RedisNode, System } from '@sluice/client'
import type { ComponentChildren } from 'preact'
import { useTopic } from '../../data/fleet.ts'
import { sluice } from '../../data/session.ts'
import { adviceOf } from '../../format/advice.ts'
import { bytes, count } from '../../format/numbers.ts'
import { duration } from '../../format/durations.ts'
import type { Tone } from '../../format/tones.ts'
import { Badge } from '../../parts/badge.tsx'
import { Card } from '../../parts/card.tsx'
import { Facts } from '../../parts/facts.tsx'
import { Meter } from '../../parts/meter.tsx'
import { Problem, Skeleton } from '../../parts/notes.tsx'
import { PageHead, useTitle } from '../../parts/page-head.tsx'
import { Ago } from '../../parts/time.tsx'
import { apiRoot } from '../../routing/location.ts'

const GATE_TONES: Readonly<Record<System['process']['gate']['state'], Tone>> = {
  open: 'completed',
  buffering: 'running',
  shedding: 'failed',
  closing: 'interrupted',
  off: 'cancelled',
}

/** The installation: its parts, and what about them should be otherwise. */
export function SystemPage() {
  useTitle('System')
  const options = (signal: AbortSignal) => ({ signal, maxRetries: 0 })
  const systems = useTopic('system', async (signal) => [await sluice.system.get(options(signal))])
  const workers = useTopic('workers', async (signal) => (await sluice.workers.list(options(signal))).workers)
  const error = systems.error ?? workers.error
  const system = systems.data?.[0]
  const isComplete = system !== undefined && workers.data !== undefined
  return (
    <>
      <PageHead title="System" />
      {error !== undefined && <Problem error={error} />}
      {isComplete && <Parts system={system} advice={adviceOf(system, workers.data ?? [])} />}
      {!isComplete && error === undefined && <Skeleton lines={8} />}
    </>
  )
}

function Parts({ system, advice }: { system: System; advice: ReturnType<typeof adviceOf> }) {
  return (
    <>
      {advice.length === 0 && (
        <div class="problem" data-tone="completed">
          <strong>Nothing needs your attention</strong>
        </div>
      )}
      {advice.map(({ title, text }) => (
        <div key={title} class="problem" data-tone="interrupted">
          <strong>{title}</strong>
          <span>{text}</span>
        </div>
      ))}
      <div class="columns">
        {system.redis.nodes.map((node, index) => (
          // Masters of a cluster have no names here, and keep their order.
          <RedisCard key={index} node={node} title={titleOf(system, index)} />
        ))}
        <ProcessCard system={system} />
        <ContentCard system={system} />
        <DocsCard />
      </div>
    </>
  )
}

function titleOf({ redis: { nodes, isCluster } }: System, index: number): string {
  return isCluster ? `Redis Cluster, master ${index + 1} of ${nodes.length}` : 'Redis'
}

function RedisCard({ node, title }: { node: RedisNode; title: string }) {
  const { server, version, role, usedBytes, maxBytes, evictionPolicy, connectedClients, uptimeMs } = node
  return (
    <Card title={title}>
      <Facts
        facts={[
          ['Server', `${server} ${version}, ${role}`],
          [
            'Memory',
            maxBytes === null ? (
              `${bytes(usedBytes)}, without a bound`
            ) : (
              <Meter
                label="Memory in use"
                used={usedBytes}
                max={maxBytes}
                text={`${bytes(usedBytes)} of ${bytes(maxBytes)}`}
              />
            ),
          ],
          ['When memory is full', evictionPolicy],
          ['Connections', count(connectedClients)],
          ['Running for', duration(uptimeMs)],
        ]}
      />
    </Card>
  )
}

function ProcessCard({ system: { process, maintenanceAgeMs } }: { system: System }) {
  const { version, node, startedAt, clockAheadMs, gate, eventStreams } = process
  return (
    <Card title="The API process that answered">
      <Facts
        facts={[
          ['Version', `${version}, Node.js ${node}`],
          ['Started', <Ago at={startedAt} />],
          ['Overload gate', <Badge tone={GATE_TONES[gate.state]}>{gate.state}</Badge>],
          ['Requests that it holds', count(gate.held)],
          ['Event streams', count(eventStreams)],
          ['Clock against that of Redis', clockText(clockAheadMs)],
          [
            'Last pass of the reconciler',
            maintenanceAgeMs === null ? 'none within a day' : `${duration(maintenanceAgeMs)} ago`,
          ],
        ]}
      />
    </Card>
  )
}

/** Redis is asked over the network, so a few milliseconds say nothing. */
function clockText(aheadMs: number): string {
  if (Math.abs(aheadMs) < 10) return 'the same'
  return `${duration(Math.abs(aheadMs))} ${aheadMs > 0 ? 'ahead' : 'behind'}`
}

const STATES = ['active', 'interrupted', 'completed', 'cancelled'] as const satisfies (keyof BatchStates)[]

function ContentCard({ system: { batches, queues, limits, workers } }: { system: System }) {
  const link = (path: string, number: number) => <a href={path}>{count(number)}</a>
  return (
    <Card title="What it has">
      <Facts
        facts={[
          ...STATES.map((state): [string, ComponentChildren] => [
            `Batches, ${state}`,
            link(`batches?state=${state}`, batches[state]),
          ]),
          ['Queues', link('queues', queues)],
          ['Limits', link('limits', limits)],
          ['Workers', link('workers', workers)],
        ]}
      />
    </Card>
  )
}

const DOCS = 'https://github.com/sluice-queue/sluice/blob/main/docs'

/** The reference is served by the API itself. The other pages lie with its source. */
function DocsCard() {
  return (
    <Card title="Documentation">
      <ul class="links">
        <li>
          <a href={`${apiRoot}/docs`} target="_blank" rel="noreferrer">
            Reference of this API
          </a>
        </li>
        {[
          ['operations.md', 'Operations: what to watch, and what to do'],
          ['settings.md', 'All settings'],
          ['security.md', 'Security'],
        ].map(([file, title]) => (
          <li key={file}>
            <a href={`${DOCS}/${file}`} target="_blank" rel="noreferrer">
              {title}
            </a>
          </li>
        ))}
      </ul>
    </Card>
  )
}
