import { setTimeout } from 'node:timers/promises'
import type { RedisConnection } from './redis-connection.ts'

/** A connection as the server sees it: the line of CLIENT LIST, by the connection's id. */
export type RedisClients = ReadonlyMap<string, string>

/** The connections that a server has now. */
export async function listRedisClients(redis: RedisConnection): Promise<RedisClients> {
  const lines = String(await redis.call('CLIENT', 'LIST'))
    .trim()
    .split('\n')
  return new Map(lines.map((line) => [field(line, 'id'), line]))
}

/**
 * Waits until every connection that was not there before is gone.
 *
 * @throws {Error} naming those that stay.
 */
export async function waitUntilClientsGone(
  redis: RedisConnection,
  before: RedisClients,
  timeoutMs = 2000,
): Promise<void> {
  const deadline = performance.now() + timeoutMs
  for (;;) {
    const strays = [...(await listRedisClients(redis))].filter(([id]) => !before.has(id))
    if (strays.length === 0) return
    if (performance.now() > deadline) throw new Error(complaint(strays.map(([, line]) => line)))
    await setTimeout(10)
  }
}

function complaint(strays: readonly string[]): string {
  const list = strays.map(
    (line) => `  name "${field(line, 'name')}", last command ${field(line, 'cmd')}, from ${field(line, 'addr')}`,
  )
  return `The test left connections to Redis open. Close these before it ends:\n${list.join('\n')}`
}

function field(line: string, name: string): string {
  return new RegExp(`(?:^| )${name}=(\\S*)`).exec(line)?.[1] ?? ''
}
