import { isIP } from 'node:net'
import { isLoopback } from './loopback.ts'

/** Whether clients may call the API by the host that a `Host` header names. */
export type HostCheck = (header: string) => boolean

/** What a check is made from. */
export interface HostCheckOptions {
  /** The name or address that the API listens on. Default: 127.0.0.1. */
  listensOn?: string
  /** Further names and addresses. `*.example.com` stands for every name below `example.com`. Default: none. */
  allowed?: readonly string[]
}

/** A name, an IPv4 address, or an IPv6 address in brackets, and possibly a port. */
const HOST_AND_PORT = /^(?:([a-z0-9_.-]+?)\.?|\[([0-9a-f:.]+)\])(?::\d{1,5})?$/

/**
 * Creates the check that defeats DNS rebinding: a page of `evil.example` whose name was made to point to this machine
 * still names `evil.example` as the host. Addresses need no list, because a name is what an attacker rebinds. An API on
 * loopback accepts loopback addresses only.
 */
export function createHostCheck({ listensOn = '127.0.0.1', allowed = [] }: HostCheckOptions): HostCheck {
  const known = ['localhost', listensOn, ...allowed].map((host) => host.toLowerCase().replaceAll(/[[\]]/g, ''))
  const names = new Set(known)
  const suffixes = known.filter((host) => host.startsWith('*.')).map((host) => host.slice(1))
  const isAddressAllowed = isLoopback(listensOn) ? isLoopback : (host: string) => isIP(host) !== 0

  return (header) => {
    const host = hostNameOf(header)
    if (host === undefined) return false
    return names.has(host) || isAddressAllowed(host) || suffixes.some((suffix) => host.endsWith(suffix))
  }
}

/** The name or address in a `Host` header, without its port. Undefined: it is neither. */
export function hostNameOf(header: string): string | undefined {
  const [, name, address] = HOST_AND_PORT.exec(header.toLowerCase()) ?? []
  return name ?? address
}
