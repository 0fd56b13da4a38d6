import { domainToASCII } from 'node:url'

/** Whether a list names a host. */
export type HostMatcher = (hostname: string, port: number) => boolean

interface HostRule {
  /** In lower case and without the brackets of IPv6; with a leading dot if it stands for all names below. */
  host: string
  /** `undefined` matches every port. */
  port: number | undefined
}

/**
 * Compiles a list of hosts: `api.example.com` (any port), `api.example.com:8443`, `*.example.com` (every name below,
 * not `example.com` itself), `[::1]:8080`, or `*` for all. It compares names, never what they resolve to.
 */
export function createHostMatcher(entries: readonly string[]): HostMatcher {
  const rules = entries.map(parseHostRule)
  return (hostname, port) => {
    const host = unbracketed(hostname.toLowerCase())
    return rules.some((rule) => matchesHost(rule, host) && (rule.port === undefined || rule.port === port))
  }
}

/** The port of a url or a connection, also where it is left out because it is its protocol's own. */
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

/** `*` and IPv6 addresses are no domain names. */
function isPlain(host: string): boolean {
  return host === '*' || host.includes(':')
}

function unbracketed(host: string): string {
  return host.startsWith('[') && host.endsWith(']') ? host.slice(1, -1) : host
}
