import { defineScript } from './define-script.ts'

/** Lists the queues that a batch uses. */
export const listQueuesInUseScript = defineScript('list-queues-in-use', {
  keys: ['uses'],
  args: [],
  encode: () => ({ args: {} }),
  replies: { queues: (names) => ({ names: names.map(String) }) },
})
