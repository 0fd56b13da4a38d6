import type { Worker } from '@sluice/client'
import { count } from '../../format/numbers.ts'
import { Copy } from '../../parts/copy.tsx'
import { Dialog } from '../../parts/dialog.tsx'
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
    <Dialog title={workerName(worker)} isDrawer onClose={onClose}>
      <Facts
        facts={[
          [
            'Id',
            <span class="row">
              <code class="mono">{id}</code> <Copy text={id} label="Copy the id" />
            </span>,
          ],
          ['Version', version],
          ['Queues', queuesText(worker)],
          ['Types', types.join(', ')],
          ['Running attempts', running === null ? undefined : count(running)],
          ['Started', <Ago at={startedAt} />],
          ['Last beat', <Ago at={lastBeatAt} />],
        ]}
      />
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
      <footer>
        <button type="button" class="button" onClick={onClose}>
          Close
        </button>
      </footer>
    </Dialog>
  )
}
