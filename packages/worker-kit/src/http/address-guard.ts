import { lookup as systemLookup, type LookupAddress, type LookupAllOptions } from 'node:dns'
import { isIP, type LookupFunction } from 'node:net'
import { buildConnector } from 'undici'
import { NonRetryableError } from '../errors.ts'
import { CLOSED_PORTS } from './closed-ports.ts'
import { checkHosts, createHostMatcher, portOf } from './host-list.ts'
import { closedRange, isPublicAddress } from './public-address.ts'

/**
 * The guard refused a connection. The message says no address, because clients read it, and the addresses behind a name
 * of the worker's network are none of their business.
 */
export class RefusedConnectionError extends NonRetryableError {
  readonly host: string
  /** What the name resolved to, for the log: each address with the range that closes it. */
  readonly addresses: readonly string[]

  constructor(host: string, reason: string, addresses: readonly string[]) {
    super(
      `Refused to connect to ${host}: ${reason}. ` +
        'To allow this host, add it to allowHosts (SLUICE_HTTP_ALLOW_HOSTS).',
      { failureClass: 'invalid' },
    )
    this.host = host
    this.addresses = addresses
  }
}

/** Resolves a name to all its addresses, like `dns.lookup` with `all`. */
export type ResolveHost = (
  hostname: string,
  options: LookupAllOptions,
  callback: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void,
) => void

export interface AddressGuardOptions {
  /** Hosts that may be called at any address and port, in the syntax of `createHostMatcher`. Default: none. */
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
 * `RefusedConnectionError`. So does a call to a port of another protocol. Throws a `TypeError` if `allowHosts` contains
 * an entry that is not supported.
 */
export function createGuardedConnector(options: ConnectorOptions = {}): buildConnector.connector {
  const { allowHosts = [], resolveHost = systemLookup, connectTimeoutMs: timeout = 10_000, http2 = false } = options
  const flaws = checkHosts(allowHosts)
  if (flaws.length > 0) throw new TypeError(`allowHosts is invalid: ${flaws.join(' ')}`)
  const isAllowed = createHostMatcher(allowHosts)
  const protocol = { allowH2: http2, preferH2: http2 }
  const connectAnywhere = buildConnector({ ...protocol, timeout, lookup: createLookup(resolveHost, () => true) })
  const connectPublic = buildConnector({ ...protocol, timeout, lookup: createLookup(resolveHost, isPublicAddress) })

  return (target, callback) => {
    const { hostname } = target
    if (isAllowed(hostname, portOf(target))) return connectAnywhere(target, callback)
    const refusal = refusalOf(hostname, portOf(target))
    if (refusal) return queueMicrotask(() => callback(refusal, null))
    connectPublic(target, callback)
  }
}

/** The refusal of a host that needs no name resolution. A socket connects to an IP address without a lookup. */
function refusalOf(hostname: string, port: number): RefusedConnectionError | undefined {
  if (CLOSED_PORTS.has(port)) return refusePort(hostname, port)
  return isIP(hostname) !== 0 && !isPublicAddress(hostname)
    ? refuseAddresses(hostname, [{ address: hostname }])
    : undefined
}

/**
 * Creates a lookup for sockets that returns only open addresses. Without an open address it fails with a
 * `RefusedConnectionError`.
 */
export function createLookup(resolveHost: ResolveHost, isOpen: (address: string) => boolean): LookupFunction {
  return (hostname, options, callback) => {
    resolveHost(hostname, { ...options, all: true }, (error, addresses) => {
      if (error) return callback(error, '')
      const open = addresses.filter(({ address }) => isOpen(address))
      const [chosen] = open
      if (chosen === undefined) return callback(refuseAddresses(hostname, addresses), '')
      return options.all ? callback(null, open) : callback(null, chosen.address, chosen.family)
    })
  }
}

function refuseAddresses(hostname: string, addresses: readonly { address: string }[]): RefusedConnectionError {
  const found = addresses.map(({ address }) => `${address} (${closedRange(address) ?? 'public'})`)
  return new RefusedConnectionError(hostname, 'only public addresses are allowed', found)
}

function refusePort(hostname: string, port: number): RefusedConnectionError {
  return new RefusedConnectionError(`${hostname}:${port}`, 'other protocols than HTTP use this port', [])
}
