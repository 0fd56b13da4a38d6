import type { RedisConnection } from '../../src/connect-redis.ts'

/**
 * Callbacks for each command. `before` runs before the command is sent: it may delay the command, and throwing there
 * fails the command unsent. `after` may delay its reply.
 */
export interface Watcher {
  before?: (command: string, args: readonly unknown[]) => Promise<void> | void
  after?: (command: string, args: readonly unknown[]) => Promise<void>
}

/** Wraps a connection so that a watcher sees each command. */
export function watchRedis(redis: RedisConnection, { before, after }: Watcher): RedisConnection {
  const commands = new Set(redis.getBuiltinCommands())
  const isCommand = (name: string) => commands.has(name.replace(/Buffer$/, ''))
  return new Proxy(redis, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name)
      if (typeof value !== 'function') return value
      const method = value.bind(target) as (...args: unknown[]) => unknown
      if (typeof name !== 'string' || !isCommand(name)) return method
      return async (...args: unknown[]) => {
        const wait = before?.(name, args)
        if (wait) await wait
        const reply = await method(...args)
        await after?.(name, args)
        return reply
      }
    },
  })
}
