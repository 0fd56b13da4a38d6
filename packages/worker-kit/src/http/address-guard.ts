import { lookup as systemLookup, type LookupAddress, type LookupAllOptions } from 'node:dns'
import { isIP, type LookupFunction } from 'node:net'
import ipaddr from 'ipaddr.js'
import { buildConnector } from 'undici'
import { NonRetryableError } from '../errors.ts'
import { createHostMatcher, portOf } from './host-list.ts'

/** Resolves a name to all its addresses: `dns.lookup` with `all`. */
export type ResolveHost = (
  hostname: string,
  options: LookupAllOptions,
  callback: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void,
) => void

export interface AddressGuardOptions {
  /** Hosts that may be called wherever they lead (the syntax is `createHostMatcher`'s). Default: none. */
  allowHosts?: readonly string[] | undefined
  /** Default: the system's resolver. */
  resolveHost?: ResolveHost | undefined
  /** How long a connection may take to be made, in ms. Default 10,000. */
  connectTimeoutMs?: number | undefined
}

/**
 * An undici connector that connects to public addresses only, so that a task cannot reach what stands beside its
 * worker: other services, cloud metadata, the machine itself.
 *
 * The address itself is judged, at the moment it is connected to and after the name has been resolved: a name whose
 * answer changes between a check and the call, a redirect, and odd spellings of an address all end here. Of a name's
 * addresses the closed ones are dropped; if none is left, the call is refused for good.
 */
export function createGuardedConnector(options: AddressGuardOptions = {}): buildConnector.connector {
  const { allowHosts = [], resolveHost = systemLookup, connectTimeoutMs: timeout = 10_000 } = options
  const isAllowed = createHostMatcher(allowHosts)
  // HTTP/1.1 only: one call a connection, so a broken connection fails one task and not a hundred.
  const connectAnywhere = buildConnector({ allowH2: false, timeout, lookup: createLookup(resolveHost, () => true) })
  const connectPublic = buildConnector({ allowH2: false, timeout, lookup: createLookup(resolveHost, isPublicAddress) })

  return (target, callback) => {
    const { hostname } = target
    if (isAllowed(hostname, portOf(target))) return connectAnywhere(target, callback)
    // Sockets connect to an address without looking it up, so it is judged here.
    if (isIP(hostname) !== 0 && !isPublicAddress(hostname)) {
      return queueMicrotask(() => callback(refusal(hostname, [{ address: hostname }]), null))
    }
    connectPublic(target, callback)
  }
}

/** A lookup for sockets that gives only the addresses that are open; without any, it fails for good. */
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
    `Refused to call ${hostname}: its address is ${found || 'unknown'}. Only public addresses are called; ` +
      'if this host is meant, name it in allowHosts (SLUICE_HTTP_ALLOW_HOSTS).',
    { failureClass: 'invalid' },
  )
}

/** Whether an address is one of the public internet. */
export function isPublicAddress(address: string): boolean {
  return closedRange(address) === undefined
}

const GLOBAL_UNICAST = ipaddr.IPv6.parseCIDR('2000::/3')
const WELL_KNOWN_NAT64 = ipaddr.IPv6.parseCIDR('64:ff9b::/96')

/** The name of the special range an address lies in, such as `private` or `linkLocal`; `undefined` for a public one. */
function closedRange(text: string): string | undefined {
  if (!ipaddr.isValid(text)) return 'unreadable'
  const address = embeddedAddress(ipaddr.parse(text))
  const range = address.range()
  if (range !== 'unicast') return range
  // Whatever IPv6 has not given out yet is not public, nor are the old IPv4-compatible addresses (::127.0.0.1).
  return address instanceof ipaddr.IPv6 && !address.match(GLOBAL_UNICAST) ? 'reserved' : undefined
}

/**
 * The IPv4 address that an IPv4-mapped or NAT64 address stands for, since that is where it leads. NAT64 is how a
 * network with IPv6 only reaches everything else, so it is not closed as a whole; 6to4 and Teredo are.
 */
function embeddedAddress(address: ipaddr.IPv4 | ipaddr.IPv6): ipaddr.IPv4 | ipaddr.IPv6 {
  if (!(address instanceof ipaddr.IPv6)) return address
  const isEmbedding = address.isIPv4MappedAddress() || address.match(WELL_KNOWN_NAT64)
  return isEmbedding ? new ipaddr.IPv4(address.toByteArray().slice(-4)) : address
}
