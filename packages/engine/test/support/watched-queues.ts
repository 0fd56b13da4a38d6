import type { TicketQueue, TicketQueues } from '../../src/bullmq/ticket-queues.ts'

/** The methods of BullMQ's queues that write, and of what sends their scripts. */
const WRITES = new Set(['addBulk', 'obliterate', 'pause', 'resume', 'setGlobalConcurrency'])
const BACKEND_WRITES = new Set(['obliterate'])

type Before = () => Promise<void> | void

/**
 * Wraps BullMQ's queues so that `before` sees each write, including the steps of one that takes several: it may delay the
 * write, and throwing there fails it.
 */
export function watchQueues(queues: TicketQueues, before: Before): TicketQueues {
  return { ...queues, open: (name) => watch<TicketQueue>(queues.open(name), WRITES, before) }
}

function watch<Target extends object>(watched: Target, methods: ReadonlySet<string>, before: Before): Target {
  return new Proxy(watched, {
    get(target, name, proxy) {
      const value: unknown = Reflect.get(target, name, proxy)
      if (name === 'backend') return watch(value as object, BACKEND_WRITES, before)
      if (typeof name !== 'string' || !methods.has(name)) return value
      const method = value as (...args: unknown[]) => unknown
      return async (...args: unknown[]) => {
        await before()
        return await method.apply(proxy, args)
      }
    },
  })
}
