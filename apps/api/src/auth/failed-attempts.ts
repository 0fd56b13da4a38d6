import { isIPv6 } from 'node:net'

const WINDOW_MS = 60_000

/** Addresses that are remembered. Beyond that, the oldest are forgotten: memory stays bounded under an attack. */
const MAX_ADDRESSES = 10_000

interface Attempts {
  count: number
  endsAt: number
}

/**
 * Counts failed authentications by address, in windows of a minute. The networks that IPv6 hands to one customer count as
 * one address. Each process counts for itself, in memory: a flood costs Redis nothing.
 */
export class FailedAttempts {
  readonly #max: number
  readonly #byAddress = new Map<string, Attempts>()

  /** @param max failures of one address in a minute. */
  constructor(max: number) {
    this.#max = max
  }

  /** Counts a failure. */
  add(address: string, now = performance.now()): void {
    const network = networkOf(address)
    const attempts = this.#current(network, now) ?? { count: 0, endsAt: now + WINDOW_MS }
    attempts.count += 1
    this.#byAddress.delete(network)
    this.#byAddress.set(network, attempts)
    if (this.#byAddress.size > MAX_ADDRESSES) this.#forgetOldest()
  }

  /** For how long an address has no further attempt, in ms. 0: it has one. */
  waitMs(address: string, now = performance.now()): number {
    if (this.#byAddress.size === 0) return 0
    const attempts = this.#current(networkOf(address), now)
    return attempts !== undefined && attempts.count >= this.#max ? Math.ceil(attempts.endsAt - now) : 0
  }

  #current(network: string, now: number): Attempts | undefined {
    const attempts = this.#byAddress.get(network)
    return attempts !== undefined && attempts.endsAt > now ? attempts : undefined
  }

  #forgetOldest(): void {
    for (const network of this.#byAddress.keys()) {
      this.#byAddress.delete(network)
      return
    }
  }
}

const MAPPED = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i

/** An IPv4 address, or the first 64 bits of an IPv6 address. */
function networkOf(address: string): string {
  const mapped = MAPPED.exec(address)?.[1]
  if (mapped !== undefined || !isIPv6(address)) return mapped ?? address
  const [head = '', tail = ''] = address.split('::')
  const groups = head === '' ? [] : head.split(':')
  const after = tail === '' ? [] : tail.split(':')
  const zeros = address.includes('::') ? Array<string>(Math.max(0, 8 - groups.length - after.length)).fill('0') : []
  return [...groups, ...zeros, ...after].slice(0, 4).join(':')
}
