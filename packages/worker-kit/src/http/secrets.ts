import { NonRetryableError } from '../errors.ts'
import { createHostMatcher, portOf, type HostMatcher } from './host-list.ts'
import type { HttpTarget } from './http-target.ts'

/** Replaces secrets in a text with `***`. */
export type Scrub = (text: string) => string

/**
 * Lower-case header names and their values, in turn, as undici takes them. A call has few headers, so a search in a list
 * is faster than a map, which takes 1 KB per call.
 */
export type HeaderList = readonly string[]

export interface FilledHeaders {
  headers: HeaderList
  /** Removes the secrets that were filled in from the response; `undefined` if no secret was filled in. */
  scrub: Scrub | undefined
}

/** Replaces `${secret:NAME}` in the headers of a call, if the queue's `secretHosts` list the host of the URL. */
export type FillInSecrets = (headers: HeaderList, target: HttpTarget, secretHosts: readonly string[]) => FilledHeaders

/** Stops at the next brace: a name that might contain one made the search quadratic in unclosed placeholders. */
const PLACEHOLDER = /\$\{secret:([^{}]*)\}/g

/**
 * Creates the function that fills in a worker's secrets. Secrets are sent only to hosts that are listed exactly,
 * without wildcards, so that a client that submits tasks cannot choose where they go. Error messages contain the name
 * of a secret, never its value.
 */
export function createSecrets(secrets: Readonly<Record<string, string>>): FillInSecrets {
  const values = new Map(Object.entries(secrets))
  // Longest first: if one secret is a prefix of another, replacing it first would leave the rest of the other.
  const byLength = [...values].toSorted(([, a], [, b]) => b.length - a.length)
  const patterns = byLength.map(([name, value]) => ({ name, pattern: echoPattern(value) }))

  return (headers, target, secretHosts) => {
    const names = secretNames(headers)
    if (names.length === 0) return { headers, scrub: undefined }
    requireTrustedHost(names, target, secretHosts)
    const filled = headers.map((text, i) => (i % 2 === 0 ? text : fillIn(text, values)))
    const sent = patterns.filter(({ name }) => names.includes(name))
    return { headers: filled, scrub: createScrub(sent.flatMap(({ pattern }) => pattern ?? [])) }
  }
}

function secretNames(headers: HeaderList): string[] {
  const names: string[] = []
  for (let i = 1; i < headers.length; i += 2) {
    const value = headers[i] ?? ''
    if (!value.includes('${secret:')) continue
    for (const [, name = ''] of value.matchAll(PLACEHOLDER)) names.push(name)
  }
  return names
}

function requireTrustedHost(names: readonly string[], target: HttpTarget, secretHosts: readonly string[]): void {
  if (trustOf(secretHosts)(target.hostname, portOf(target))) return
  throw new NonRetryableError(
    `Secret "${names[0]}" must not be sent to ${target.host}: the queue's http.secretHosts does not list this host.`,
    { failureClass: 'invalid' },
  )
}

/** The lists of queues stay the same from call to call, so each is compiled once. */
const compiled = new WeakMap<readonly string[], HostMatcher>()

function trustOf(secretHosts: readonly string[]): HostMatcher {
  const known = compiled.get(secretHosts)
  if (known) return known
  const matcher = createHostMatcher(secretHosts.filter((host) => !host.includes('*')))
  compiled.set(secretHosts, matcher)
  return matcher
}

function fillIn(value: string, secrets: ReadonlyMap<string, string>): string {
  return value.replace(PLACEHOLDER, (_, name: string) => {
    const secret = secrets.get(name)
    if (secret !== undefined) return secret
    throw new NonRetryableError(
      `Secret "${name}" is not defined. Set SLUICE_SECRET_${name} in the environment of every worker.`,
      { failureClass: 'invalid' },
    )
  })
}

function createScrub(patterns: readonly RegExp[]): Scrub {
  return (text) => patterns.reduce((scrubbed, pattern) => scrubbed.replace(pattern, '***'), text)
}

/**
 * Matches a secret in a response: unescaped, or escaped as JSON, URLs or HTML do. An empty secret has no pattern, since
 * it would match everywhere.
 */
function echoPattern(secret: string): RegExp | undefined {
  return secret === '' ? undefined : new RegExp(Array.from(secret, echoedCharacter).join(''), 'gu')
}

function echoedCharacter(character: string): string {
  if (/[A-Za-z0-9]/.test(character)) return character
  const code = character.codePointAt(0) ?? 0
  const hex = anyCase(code.toString(16))
  const literal = `\\u{${code.toString(16)}}`
  return `(?:\\\\?${literal}|\\\\u0*${hex}|%${hex}|&#0*${code};|&#[xX]0*${hex};)`
}

function anyCase(hex: string): string {
  return hex.replace(/[a-f]/g, (letter) => `[${letter}${letter.toUpperCase()}]`)
}
