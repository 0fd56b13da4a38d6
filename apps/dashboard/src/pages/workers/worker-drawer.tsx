import type { Worker } from '@sluice/client'
import { count } from '../../format/numbers.ts'
import { Drawer } from '../../parts/drawer.tsx'
import { Facts } from '../../parts/facts.tsx'
import { Meter } from '../../parts/meter.tsx'
import { Ago } from '../../parts/time.tsx'

/** What people call a worker: its machine and process, or the beginning of its id. */
export function workerName({ host, pid, id }: Worker): string {
  return host === null ? id.slice(0, 8) : `${host} · ${pid}`
}

/** The queues that a worker serves. */
export function queuesText({ queues }: Worker): string {
  return queues === null ? 'all' : queues.join(', ')
}

/** How many tickets a worker runs, of all queues. */
export function ticketsOf({ load }: Worker): number {
  return load.reduce((sum, { tickets }) => sum + tickets, 0)
}

/** All that a worker says about itself. */
export function WorkerDrawer({ worker, onClose }: { worker: Worker; onClose: () => void }) {
  const { id, version, types, concurrency, running, startedAt, lastBeatAt, load } = worker
  return (
    <Drawer
      title={workerName(worker)}
      id={id}
      facts={[
        ['Version', version],
        ['Queues', queuesText(worker)],
        ['Types', types.join(', ')],
        ['Running attempts', running === null ? undefined : count(running)],
        ['Started', <Ago at={startedAt} />],
        ['Last beat', <Ago at={lastBeatAt} />],
      ]}
      onClose={onClose}
    >
      <h3>Slots in use</h3>
      {load.length === 0 ? (
        <p class="soft">It runs nothing. It has {count(concurrency)} slots for each queue.</p>
      ) : (
        <Facts
          facts={load.map(({ queue, tickets }) => [
            queue,
            <Meter
              key={queue}
              label={`Slots of ${queue} in use`}
              used={tickets}
              max={concurrency}
              text={`${count(tickets)} of ${count(concurrency)}`}
            />,
          ])}
        />
      )}
    </Drawer>
  )
}
