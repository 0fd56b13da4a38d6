import { isIPv6 } from 'node:net'

const WINDOW_MS = 60_000

/** Clients that are remembered. Beyond that, the oldest are forgotten: memory stays bounded under an attack. */
const MAX_CLIENTS = 10_000

interface Count {
  count: number
  endsAt: number
}

/**
 * Counts something by client, in windows of a minute. A client is an address, or the id of an API key. The networks that
 * IPv6 hands to one customer count as one address. Each process counts for itself, in memory: a flood costs Redis nothing.
 */
export class CountsPerMinute {
  readonly #max: number
  readonly #byClient = new Map<string, Count>()

  /** @param max how much one client may have in a minute. */
  constructor(max: number) {
    this.#max = max
  }

  /** Counts one more. */
  add(client: string, now = performance.now()): void {
    const name = nameOfClient(client)
    const counted = this.#current(name, now) ?? { count: 0, endsAt: now + WINDOW_MS }
    counted.count += 1
    this.#byClient.delete(name)
    this.#byClient.set(name, counted)
    if (this.#byClient.size > MAX_CLIENTS) this.#forgetOldest()
  }

  /** How many more a client may have now. */
  left(client: string, now = performance.now()): number {
    const counted = this.#current(nameOfClient(client), now)
    return Math.max(0, this.#max - (counted?.count ?? 0))
  }

  /** For how long a client may not have another one, in ms. 0: it may. */
  waitMs(client: string, now = performance.now()): number {
    if (this.#byClient.size === 0) return 0
    const counted = this.#current(nameOfClient(client), now)
    return counted !== undefined && counted.count >= this.#max ? Math.ceil(counted.endsAt - now) : 0
  }

  #current(name: string, now: number): Count | undefined {
    const counted = this.#byClient.get(name)
    return counted !== undefined && counted.endsAt > now ? counted : undefined
  }

  #forgetOldest(): void {
    for (const name of this.#byClient.keys()) {
      this.#byClient.delete(name)
      return
    }
  }
}

const MAPPED = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i

/** By what a client is counted: an id, an IPv4 address, or the first 64 bits of an IPv6 address. */
export function nameOfClient(client: string): string {
  const mapped = MAPPED.exec(client)?.[1]
  if (mapped !== undefined || !isIPv6(client)) return mapped ?? client
  const [head = '', tail = ''] = client.split('::')
  const groups = head === '' ? [] : head.split(':')
  const after = tail === '' ? [] : tail.split(':')
  const zeros = client.includes('::') ? Array<string>(Math.max(0, 8 - groups.length - after.length)).fill('0') : []
  return [...groups, ...zeros, ...after].slice(0, 4).join(':')
}
