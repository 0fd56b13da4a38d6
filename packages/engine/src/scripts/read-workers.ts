import { decodeOffer } from '../model/offer.ts'
import type { WorkerLoad, WorkerProfile } from '../model/worker-status.ts'
import { defineScript } from './define-script.ts'

/** Reads the workers that are alive, and for each the time from which it counts as dead. */
export const readWorkersScript = defineScript('read-workers', {
  keys: ['alive', 'offers', 'profiles', 'loads'],
  args: [],
  encode: () => ({ args: {} }),
  replies: { workers: (values) => ({ workers: decodeWorkers(values) }) },
})

const VALUES_PER_WORKER = 5

function decodeWorkers(values: readonly unknown[]) {
  const workers = []
  for (let i = 0; i < values.length; i += VALUES_PER_WORKER) {
    const [id, deadFrom, offer, profile, load] = values.slice(i, i + VALUES_PER_WORKER)
    workers.push({
      id: String(id),
      deadFrom: Number(deadFrom),
      offer: decodeOffer(String(offer)),
      profile: JSON.parse(String(profile)) as WorkerProfile,
      load: JSON.parse(String(load)) as WorkerLoad,
    })
  }
  return workers
}
