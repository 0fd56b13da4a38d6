import { Redis, type Cluster } from 'ioredis'

/** How often each connection is pinged and checked, in ms. */
export const CHECK_EVERY_MS = 1000

/** The number of checks in a row without a sign of life after which a connection counts as lost. */
export const MAX_SILENT_CHECKS = 4

/**
 * Pings a connection every second, and destroys it when Redis has sent nothing for four checks in a row, because a
 * firewall can drop a connection without notice. ioredis then opens another one. On a cluster, this is so for each node.
 *
 * Checks are counted instead of time: a process that has stood still for longer makes one check and then reads what has
 * arrived meanwhile, whereas a time-out would have passed.
 */
export function watchConnection<Connection extends Redis | Cluster>(connection: Connection): Connection {
  const watches = new WeakMap<Redis, SilenceWatch>()
  const check = (node: Redis) => {
    const watch = watches.get(node) ?? new SilenceWatch(node)
    watches.set(node, watch)
    watch.check()
  }
  const timer = setInterval(() => {
    if (connection instanceof Redis) check(connection)
    else connection.nodes().forEach(check)
  }, CHECK_EVERY_MS)
  connection.once('end', () => clearInterval(timer))
  return connection
}

/** Counts the checks in a row between which nothing has arrived, although at least the reply to a ping was due. */
class SilenceWatch {
  readonly #node: Redis
  #isPingPending = false
  #stream: Redis['stream'] | undefined
  #bytesRead = 0
  #silentChecks = 0

  constructor(node: Redis) {
    this.#node = node
  }

  check(): void {
    const { status, stream } = this.#node
    // In "connect", Redis has not yet answered the greeting.
    const isOpen = status === 'connect' || status === 'ready'
    const isSilent = isOpen && stream === this.#stream && stream.bytesRead === this.#bytesRead
    this.#silentChecks = isSilent ? this.#silentChecks + 1 : 0
    this.#stream = isOpen ? stream : undefined
    this.#bytesRead = isOpen ? stream.bytesRead : 0
    if (this.#silentChecks >= MAX_SILENT_CHECKS) stream.destroy(new Error('Redis has not answered for four seconds'))
    else if (status === 'ready' && !this.#isPingPending) void this.#ping()
  }

  /** One at a time, or they pile up. Fails after three seconds on a `failFast` connection; then the next one follows. */
  async #ping(): Promise<void> {
    this.#isPingPending = true
    await this.#node.ping().catch(() => {})
    this.#isPingPending = false
  }
}
