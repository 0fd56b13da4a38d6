import { isIP } from 'node:net'
import { domainToASCII } from 'node:url'

/** Tells whether a list of hosts contains a host. */
export type HostMatcher = (hostname: string, port: number) => boolean

interface HostRule {
  /** In lower case, without the brackets of IPv6. A leading dot matches all names below. */
  host: string
  /** `undefined` matches every port. */
  port: number | undefined
}

/**
 * Compiles a list of hosts: `api.example.com` (any port), `api.example.com:8443`, `*.example.com` (every name below,
 * not `example.com` itself), `[::1]:8080`, or `*` for all hosts. The matcher compares names and does not resolve them.
 */
export function createHostMatcher(entries: readonly string[]): HostMatcher {
  const rules = entries.map(parseHostRule)
  return (hostname, port) => {
    const host = unbracketed(hostname.toLowerCase())
    return rules.some((rule) => matchesHost(rule, host) && (rule.port === undefined || rule.port === port))
  }
}

/**
 * Returns a sentence for each entry of a list of hosts that `createHostMatcher` does not support: ranges of addresses,
 * URLs, wildcards in other places, trailing dots, invalid ports, and names that URLs spell in another way.
 */
export function checkHosts(entries: readonly string[]): string[] {
  return entries.flatMap((entry) => {
    const flaw = flawOf(entry.trim())
    return flaw === undefined ? [] : `"${entry}" ${flaw}.`
  })
}

function flawOf(entry: string): string | undefined {
  if (entry.includes('/'))
    return 'is a URL or a range of addresses; list hosts such as api.example.com or 10.0.0.1:8080'
  const { host, port } = splitEntry(entry)
  if (port !== undefined && !(port > 0 && port <= 65_535)) return `has an invalid port`
  if (host === '*') return undefined
  if (host.endsWith('.')) return 'must not end with a dot'
  const name = host.startsWith('*.') ? host.slice(2) : host
  if (name.includes('*') || (name !== host && isIP(name) !== 0)) {
    return 'has a wildcard where none is supported; * stands for all hosts, and *.example.com for all names below'
  }
  return flawOfName(name)
}

function flawOfName(name: string): string | undefined {
  const spelled = URL.parse(isIP(name) === 6 ? `http://[${name}]` : `http://${name}`)?.hostname
  if (!spelled) return 'is not a host'
  const inUrls = unbracketed(spelled)
  return inUrls === name || inUrls === domainToASCII(name) ? undefined : `is spelled ${inUrls} in URLs; list that`
}

/** Matchers of lists that stay the same from call to call, such as those of a queue. Compiling one takes 2 µs. */
const compiled = new WeakMap<readonly string[], HostMatcher>()

/** Like `createHostMatcher`, but compiles each array once. Arrays must not be changed. */
export function hostMatcherOf(entries: readonly string[]): HostMatcher {
  const known = compiled.get(entries)
  if (known) return known
  const matcher = createHostMatcher(entries)
  compiled.set(entries, matcher)
  return matcher
}

/** The port of a URL or a connection, or the default port of its protocol. */
export function portOf({ port, protocol }: { port: string; protocol: string }): number {
  return Number(port) || (protocol === 'https:' ? 443 : 80)
}

function matchesHost(rule: HostRule, host: string): boolean {
  if (rule.host === '*') return true
  return rule.host.startsWith('.') ? host.endsWith(rule.host) : host === rule.host
}

function parseHostRule(entry: string): HostRule {
  const { host, port } = splitEntry(entry.trim())
  return { host: isPlain(host) ? host : asciiPattern(host), port }
}

function splitEntry(entry: string): HostRule {
  const [, name = '', port] = /^(\[[^\]]*\]|[^:]*)(?::(\d+))?$/.exec(entry) ?? [undefined, entry]
  return { host: unbracketed(name.toLowerCase()), port: port === undefined ? undefined : Number(port) }
}

function asciiPattern(host: string): string {
  return host.startsWith('*.') ? `.${domainToASCII(host.slice(2))}` : domainToASCII(host)
}

/** Whether a host is `*` or an IPv6 address, which are not domain names. */
function isPlain(host: string): boolean {
  return host === '*' || host.includes(':')
}

function unbracketed(host: string): string {
  return host.startsWith('[') && host.endsWith(']') ? host.slice(1, -1) : host
}
