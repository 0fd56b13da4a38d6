import ipaddr from 'ipaddr.js'
import { networkInterfaces } from 'node:os'

/** Addresses by their canonical text. */
export type Addresses = ReadonlySet<string>

/** Whether an address belongs to the public internet and not to this machine. `own` are the addresses of the machine. */
export function isPublicAddress(address: string, own: Addresses = ownAddresses()): boolean {
  return closedRange(address, own) === undefined
}

/** The special range that contains an address, such as `private` or `linkLocal`; `undefined` for a public address. */
export function closedRange(text: string, own: Addresses = ownAddresses()): string | undefined {
  if (!ipaddr.isValid(text)) return 'invalid'
  const address = embeddedAddress(ipaddr.parse(text))
  const range = address.range()
  if (range !== 'unicast') return range
  const canonical = address.toString()
  if (own.has(canonical)) return 'thisMachine'
  if (CLOUD_SERVICES.has(canonical)) return 'cloudService'
  // Unallocated IPv6 ranges and the deprecated IPv4-compatible addresses (::127.0.0.1) are not public.
  return address instanceof ipaddr.IPv6 && !address.match(GLOBAL_UNICAST) ? 'reserved' : undefined
}

/** How long the addresses of this machine are known, in ms. Reading them takes 0.1 ms. */
const KNOWN_MS = 10_000

let known: { addresses: Addresses; until: number } | undefined

/**
 * The addresses of this machine, read every 10 s. A service that listens on all of them, and that a firewall protects,
 * would be open to calls that the machine makes itself.
 */
export function ownAddresses(): Addresses {
  const now = performance.now()
  if (known === undefined || known.until < now) known = { addresses: readAddresses(), until: now + KNOWN_MS }
  return known.addresses
}

function readAddresses(): Addresses {
  const addresses = Object.values(networkInterfaces()).flatMap((each) => each ?? [])
  return new Set(addresses.map(({ address }) => ipaddr.parse(address).toString()))
}

/** Addresses of cloud providers that look public and lead to the host of a virtual machine: Azure's WireServer. */
const CLOUD_SERVICES: Addresses = new Set(['168.63.129.16'])

const GLOBAL_UNICAST = ipaddr.IPv6.parseCIDR('2000::/3')
const WELL_KNOWN_NAT64 = ipaddr.IPv6.parseCIDR('64:ff9b::/96')

/**
 * The IPv4 address that an IPv4-mapped or NAT64 address leads to, or the address itself. IPv6-only networks reach IPv4
 * hosts through NAT64, so NAT64 is not closed as a whole, unlike 6to4 and Teredo.
 */
function embeddedAddress(address: ipaddr.IPv4 | ipaddr.IPv6): ipaddr.IPv4 | ipaddr.IPv6 {
  if (!(address instanceof ipaddr.IPv6)) return address
  const isEmbedding = address.isIPv4MappedAddress() || address.match(WELL_KNOWN_NAT64)
  return isEmbedding ? new ipaddr.IPv4(address.toByteArray().slice(-4)) : address
}
