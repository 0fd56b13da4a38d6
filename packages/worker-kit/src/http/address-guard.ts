import { lookup as systemLookup, type LookupAddress, type LookupAllOptions } from 'node:dns'
import { isIP, type LookupFunction } from 'node:net'
import ipaddr from 'ipaddr.js'
import { buildConnector } from 'undici'
import { NonRetryableError } from '../errors.ts'
import { createHostMatcher, portOf } from './host-list.ts'

/** Resolves a name to all its addresses, like `dns.lookup` with `all`. */
export type ResolveHost = (
  hostname: string,
  options: LookupAllOptions,
  callback: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void,
) => void

export interface AddressGuardOptions {
  /** Hosts that may be called at any address, in the syntax of `createHostMatcher`. Default: none. */
  allowHosts?: readonly string[] | undefined
  /** Default: the resolver of the operating system. */
  resolveHost?: ResolveHost | undefined
  /** Timeout for making a connection, in ms. Default 10,000. */
  connectTimeoutMs?: number | undefined
}

export interface ConnectorOptions extends AddressGuardOptions {
  /** Whether HTTP/2 is offered to the upstream, before HTTP/1.1. Default: HTTP/1.1 only. */
  http2?: boolean | undefined
}

/**
 * Creates an undici connector that connects to public addresses only, so that a task cannot reach the network of its
 * worker: other services, cloud metadata, the machine itself.
 *
 * The guard checks the address that a socket is about to connect to, after name resolution. A name that resolves
 * differently between a check and the call, a redirect, or an unusual spelling of an address cannot bypass it.
 * Addresses that are not public are dropped from a name; if no address is left, the call fails with a
 * `NonRetryableError`.
 */
export function createGuardedConnector(options: ConnectorOptions = {}): buildConnector.connector {
  const { allowHosts = [], resolveHost = systemLookup, connectTimeoutMs: timeout = 10_000, http2 = false } = options
  const isAllowed = createHostMatcher(allowHosts)
  const protocol = { allowH2: http2, preferH2: http2 }
  const connectAnywhere = buildConnector({ ...protocol, timeout, lookup: createLookup(resolveHost, () => true) })
  const connectPublic = buildConnector({ ...protocol, timeout, lookup: createLookup(resolveHost, isPublicAddress) })

  return (target, callback) => {
    const { hostname } = target
    if (isAllowed(hostname, portOf(target))) return connectAnywhere(target, callback)
    // A socket connects to an IP address without a lookup, so the address is checked here.
    if (isIP(hostname) !== 0 && !isPublicAddress(hostname)) {
      return queueMicrotask(() => callback(refusal(hostname, [{ address: hostname }]), null))
    }
    connectPublic(target, callback)
  }
}

/**
 * Creates a lookup for sockets that returns only open addresses. Without an open address it fails with a
 * `NonRetryableError`.
 */
export function createLookup(resolveHost: ResolveHost, isOpen: (address: string) => boolean): LookupFunction {
  return (hostname, options, callback) => {
    resolveHost(hostname, { ...options, all: true }, (error, addresses) => {
      if (error) return callback(error, '')
      const open = addresses.filter(({ address }) => isOpen(address))
      const [chosen] = open
      if (chosen === undefined) return callback(refusal(hostname, addresses), '')
      return options.all ? callback(null, open) : callback(null, chosen.address, chosen.family)
    })
  }
}

function refusal(hostname: string, addresses: readonly { address: string }[]): NonRetryableError {
  const found = addresses.map(({ address }) => `${address} (${closedRange(address) ?? 'public'})`).join(', ')
  return new NonRetryableError(
    `Refused to connect to ${hostname} at ${found || 'no address'}: only public addresses are allowed. ` +
      'To allow this host, add it to allowHosts (SLUICE_HTTP_ALLOW_HOSTS).',
    { failureClass: 'invalid' },
  )
}

/** Whether an address belongs to the public internet. */
export function isPublicAddress(address: string): boolean {
  return closedRange(address) === undefined
}

const GLOBAL_UNICAST = ipaddr.IPv6.parseCIDR('2000::/3')
const WELL_KNOWN_NAT64 = ipaddr.IPv6.parseCIDR('64:ff9b::/96')

/** The special range that contains an address, such as `private` or `linkLocal`; `undefined` for a public address. */
function closedRange(text: string): string | undefined {
  if (!ipaddr.isValid(text)) return 'invalid'
  const address = embeddedAddress(ipaddr.parse(text))
  const range = address.range()
  if (range !== 'unicast') return range
  // Unallocated IPv6 ranges and the deprecated IPv4-compatible addresses (::127.0.0.1) are not public.
  return address instanceof ipaddr.IPv6 && !address.match(GLOBAL_UNICAST) ? 'reserved' : undefined
}

/**
 * The IPv4 address that an IPv4-mapped or NAT64 address leads to, or the address itself. IPv6-only networks reach IPv4
 * hosts through NAT64, so NAT64 is not closed as a whole, unlike 6to4 and Teredo.
 */
function embeddedAddress(address: ipaddr.IPv4 | ipaddr.IPv6): ipaddr.IPv4 | ipaddr.IPv6 {
  if (!(address instanceof ipaddr.IPv6)) return address
  const isEmbedding = address.isIPv4MappedAddress() || address.match(WELL_KNOWN_NAT64)
  return isEmbedding ? new ipaddr.IPv4(address.toByteArray().slice(-4)) : address
}
