import { NonRetryableError } from '../errors.ts'
import { createHostMatcher, portOf } from './host-list.ts'

/** Replaces secrets in a text by `***`. */
export type Scrub = (text: string) => string

/** Header values by lower-case name. */
export type RequestHeaders = ReadonlyMap<string, string>

export interface FilledHeaders {
  headers: RequestHeaders
  /** Takes the secrets that were filled in out of what comes back; `undefined` if there were none. */
  scrub: Scrub | undefined
}

/** Fills `${secret:NAME}` into headers, for a url and the hosts its queue trusts with secrets. */
export type FillInSecrets = (headers: RequestHeaders, url: URL, secretHosts: readonly string[]) => FilledHeaders

const PLACEHOLDER = /\$\{secret:([^}]*)\}/g

/**
 * Holds a worker's secrets. A secret goes only to the hosts named for it, exactly and without wildcards: who may
 * write tasks may not choose where secrets go. Messages name a secret, never its value.
 */
export function createSecrets(secrets: Readonly<Record<string, string>>): FillInSecrets {
  const values = new Map(Object.entries(secrets))
  // Longest first: a secret that begins like another one would otherwise leave the rest of it standing.
  const byLength = [...values].toSorted(([, a], [, b]) => b.length - a.length)
  const patterns = byLength.map(([name, value]) => ({ name, pattern: echoPattern(value) }))

  return (headers, url, secretHosts) => {
    const names = secretNames(headers)
    if (names.length === 0) return { headers, scrub: undefined }
    requireTrustedHost(names, url, secretHosts)
    const filled = new Map<string, string>()
    for (const [header, value] of headers) filled.set(header, fillIn(value, values))
    const sent = patterns.filter(({ name }) => names.includes(name))
    return { headers: filled, scrub: createScrub(sent.flatMap(({ pattern }) => pattern ?? [])) }
  }
}

function secretNames(headers: RequestHeaders): string[] {
  const names: string[] = []
  for (const value of headers.values()) {
    if (!value.includes('${secret:')) continue
    for (const [, name = ''] of value.matchAll(PLACEHOLDER)) names.push(name)
  }
  return names
}

function requireTrustedHost(names: readonly string[], url: URL, secretHosts: readonly string[]): void {
  const isTrusted = createHostMatcher(secretHosts.filter((host) => !host.includes('*')))
  if (isTrusted(url.hostname, portOf(url))) return
  throw new NonRetryableError(
    `Secret ${names[0]} may not be sent to ${url.host}: the queue's http.secretHosts does not name that host.`,
    { failureClass: 'invalid' },
  )
}

function fillIn(value: string, secrets: ReadonlyMap<string, string>): string {
  return value.replace(PLACEHOLDER, (_, name: string) => {
    const secret = secrets.get(name)
    if (secret !== undefined) return secret
    throw new NonRetryableError(
      `There is no secret ${name}: a worker knows it when SLUICE_SECRET_${name} is set where it runs.`,
      { failureClass: 'invalid' },
    )
  })
}

function createScrub(patterns: readonly RegExp[]): Scrub {
  return (text) => patterns.reduce((scrubbed, pattern) => scrubbed.replace(pattern, '***'), text)
}

/**
 * Finds a secret in whatever echoes it: as it is, or escaped the way JSON, URLs and HTML do. An empty secret is
 * found nowhere, or it would be found everywhere.
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
