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

/** The port of a URL or a connection, or the default port of its protocol. */
export function portOf({ port, protocol }: { port: string; protocol: string }): number {
  return Number(port) || (protocol === 'https:' ? 443 : 80)
}

function matchesHost(rule: HostRule, host: string): boolean {
  if (rule.host === '*') return true
  return rule.host.startsWith('.') ? host.endsWith(rule.host) : host === rule.host
}

function parseHostRule(entry: string): HostRule {
  const [, name = '', port] = /^(\[[^\]]*\]|[^:]*)(?::(\d+))?$/.exec(entry.trim()) ?? [undefined, entry.trim()]
  const host = unbracketed(name.toLowerCase())
  return { host: isPlain(host) ? host : asciiPattern(host), port: port === undefined ? undefined : Number(port) }
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
