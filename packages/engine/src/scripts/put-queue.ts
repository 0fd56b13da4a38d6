import type { QueueSettings } from '../model/queue.ts'
import { defineScript } from './define-script.ts'

/** New settings of a queue. */
export interface PutQueueRequest {
  name: string
  settings: QueueSettings
  /** Maximum number of queues besides `default`. */
  maxQueues: number
  /** The version that the settings must have now. Undefined: any. */
  ifVersion: number | undefined
}

/** Creates a queue or replaces its settings. */
export const putQueueScript = defineScript('put-queue', {
  keys: ['queues', 'limited', 'limits', 'version', 'deleted'],
  args: ['name', 'json', 'limit', 'max_queues', 'if_version'],
  encode: ({ name, settings, maxQueues, ifVersion }: PutQueueRequest) => ({
    args: {
      name,
      json: JSON.stringify(settings),
      limit: settings.limit ?? '',
      max_queues: maxQueues,
      if_version: ifVersion ?? '',
    },
  }),
  replies: {
    stored: ([version, before]) => ({
      version: Number(version),
      /** The earlier settings. Undefined: there were none. */
      before: before === '' ? undefined : (JSON.parse(String(before)) as QueueSettings),
    }),
    no_limit: () => ({}),
    full: ([count]) => ({ count: Number(count) }),
    changed: ([version]) => ({ version: Number(version) }),
  },
})
