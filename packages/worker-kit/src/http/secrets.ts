import { NonRetryableError } from '../errors.ts'
import type { HttpTarget } from './http-target.ts'
import { createOriginMatcher, type OriginMatcher } from './secret-hosts.ts'

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

/** A secret of a worker, and where it may be sent. */
export interface Secret {
  value: string
  /** `api.example.com` (https at port 443), `api.example.com:8443`, or `http://10.0.0.5:8080`, without wildcards. */
  hosts: readonly string[]
}

/** Replaces `${secret:NAME}` in the headers of a call by the secrets that were granted to the queue. */
export type FillInSecrets = (headers: HeaderList, target: HttpTarget, granted: readonly string[]) => FilledHeaders

/** Stops at the next brace: a name that might contain one made the search quadratic in unclosed placeholders. */
const PLACEHOLDER = /\$\{secret:([^{}]*)\}/g

/**
 * Creates the function that fills in a worker's secrets. The worker alone decides where a secret goes: clients choose the
 * URL of a task, and whoever can write to Redis the settings of a queue. Error messages contain the name of a secret, never
 * its value.
 */
export function createSecrets(secrets: Readonly<Record<string, Secret>>): FillInSecrets {
  const known = new Map(Object.entries(secrets).map(([name, secret]) => [name, compile(secret)]))
  // Longest first: if one secret is a prefix of another, replacing it first would leave the rest of the other.
  const byLength = [...known].toSorted(([, a], [, b]) => b.value.length - a.value.length)

  return (headers, target, granted) => {
    const names = secretNames(headers)
    if (names.length === 0) return { headers, scrub: undefined }
    for (const name of names) requireGrant(name, granted)
    for (const name of names) requireTrust(name, known.get(name), target)
    const filled = headers.map((text, i) => (i % 2 === 0 ? text : fillIn(text, known)))
    const sent = byLength.filter(([name]) => names.includes(name))
    return { headers: filled, scrub: createScrub(sent.map(([, { echo }]) => echo)) }
  }
}

interface KnownSecret {
  value: string
  mayGoTo: OriginMatcher
  /** Matches the secret in a response. */
  echo: RegExp
}

function compile({ value, hosts }: Secret): KnownSecret {
  return { value, mayGoTo: createOriginMatcher(hosts), echo: echoPattern(value) }
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

/** Comes first, so that a client cannot find out which other secrets a worker has. */
function requireGrant(name: string, granted: readonly string[]): void {
  if (granted.includes(name)) return
  throw new NonRetryableError(
    `Secret "${name}" must not be used in this queue: the queue's http.secrets does not list it.`,
    { failureClass: 'invalid' },
  )
}

function requireTrust(name: string, secret: KnownSecret | undefined, { origin }: HttpTarget): void {
  if (secret === undefined) {
    throw new NonRetryableError(
      `Secret "${name}" is not defined. Set SLUICE_SECRET_${name} and SLUICE_SECRET_${name}_HOSTS in the environment of every worker.`,
      { failureClass: 'invalid' },
    )
  }
  if (secret.mayGoTo(origin)) return
  throw new NonRetryableError(
    `Secret "${name}" must not be sent to ${origin}: the worker's SLUICE_SECRET_${name}_HOSTS does not list it.`,
    { failureClass: 'invalid' },
  )
}

function fillIn(value: string, secrets: ReadonlyMap<string, KnownSecret>): string {
  return value.replace(PLACEHOLDER, (_, name: string) => secrets.get(name)?.value ?? '')
}

function createScrub(patterns: readonly RegExp[]): Scrub {
  return (text) => patterns.reduce((scrubbed, pattern) => scrubbed.replace(pattern, '***'), text)
}

/**
 * Matches a secret in a response: unescaped, escaped as JSON, URLs or HTML do, in hex, or in base64. An upstream that wants
 * to show a secret can always do so, so this keeps secrets out of records, and does not protect them from their hosts.
 */
function echoPattern(secret: string): RegExp {
  const escaped = Array.from(secret, echoedCharacter).join('')
  const hex = Array.from(Buffer.from(secret).toString('hex'), anyCase).join('')
  return new RegExp(
    [escaped, hex, ...base64Forms(secret).map((form) => form.replaceAll('+', String.raw`\+`))].join('|'),
    'gu',
  )
}

function echoedCharacter(character: string): string {
  const code = character.codePointAt(0) ?? 0
  const hex = Array.from(code.toString(16), anyCase).join('')
  return `(?:\\\\?\\u{${code.toString(16)}}|\\\\u0*${hex}|%${hex}|&#0*${code};|&#[xX]0*${hex};)`
}

/**
 * What base64 makes of a secret at each of the three places at which it may begin in a text, without the characters that
 * depend on what surrounds it.
 */
function base64Forms(secret: string): string[] {
  return [0, 1, 2].flatMap((before) => {
    const bytes = Buffer.from('x'.repeat(before) + secret)
    const [begin, end] = [Math.ceil((before * 8) / 6), Math.floor((bytes.length * 8) / 6)]
    const encodings = [bytes.toString('base64'), bytes.toString('base64url')]
    return [...new Set(encodings.map((text) => text.slice(begin, end)))]
  })
}

function anyCase(digit: string): string {
  return /[a-f]/.test(digit) ? `[${digit}${digit.toUpperCase()}]` : digit
}
