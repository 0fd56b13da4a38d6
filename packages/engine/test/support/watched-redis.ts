import type { RedisConnection } from '../../src/connect-redis.ts'

/** Called before a command is sent (throw to have it fail unsent) and after it was answered. */
export interface Watcher {
  before?: (command: string, args: readonly unknown[]) => void
  after?: (command: string, args: readonly unknown[]) => Promise<void>
}

/** The same connection, with somebody who sees each command that goes over it. */
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
        before?.(name, args)
        const reply = await method(...args)
        await after?.(name, args)
        return reply
      }
    },
  })
}
