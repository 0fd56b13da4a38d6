import type { Queue } from '@sluice/client'
import { sluice } from '../../data/session.ts'
import { withReason } from '../../data/with-reason.ts'
import { countOf } from '../../format/numbers.ts'
import type { ActionRequest } from '../../parts/dialog.tsx'
import { say } from '../../parts/toasts.tsx'
import { navigate } from '../../routing/location.ts'

/** Pauses a queue, or resumes it. */
export function pauseRequest({ name, paused, tickets, activeBatches }: Queue, onDone: () => void): ActionRequest {
  const batches = countOf(activeBatches, 'batch uses', 'batches use')
  return {
    title: `${paused ? 'Resume' : 'Pause'} ${name}?`,
    verb: paused ? 'Resume' : 'Pause',
    explanation: paused
      ? `Its tasks start again. ${batches} it.`
      : `None of its tasks starts until you resume it. ${countOf(tickets.active, 'task that runs goes', 'tasks that run go')} on. ${batches} it.`,
    touches: 0,
    name,
    run: async (reason) => {
      const change = paused
        ? sluice.queues.resume(name, withReason(reason))
        : sluice.queues.pause(name, withReason(reason))
      await change
      say(`${name} is ${paused ? 'resumed' : 'paused'}.`)
      onDone()
    },
  }
}

/** Deletes a queue. */
export function deleteRequest({ name }: Queue): ActionRequest {
  return {
    title: `Delete ${name}?`,
    verb: 'Delete',
    explanation: 'Its settings are lost. The API refuses this while a batch uses the queue. Finished batches stay.',
    touches: 0,
    name,
    isFinal: true,
    run: async (reason) => {
      await sluice.queues.delete(name, withReason(reason))
      say(`${name} is deleted.`)
      navigate('queues')
    },
  }
}
