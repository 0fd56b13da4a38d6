import { invalidPayload } from './http-payload.ts'

/** Where a call goes: the parts of a URL that a call needs. */
export interface HttpTarget {
  /** `https://api.example.com:8443` */
  origin: string
  protocol: string
  /** With the port, if it is not the default of the protocol. */
  host: string
  hostname: string
  port: string
  /** Path and query. */
  path: string
}

/** Most tasks of a batch call the same few URLs. Parsing one takes 1 µs. */
const MAX_KNOWN = 100

/** A longer URL is hardly called twice, and would make the cache large. */
const MAX_KNOWN_LENGTH = 1000

const known = new Map<string, HttpTarget>()

/** Parses the URL of an `http` task. Throws a `NonRetryableError` unless it is an absolute http or https URL without credentials. */
export function parseTarget(text: string): HttpTarget {
  const target = known.get(text)
  return target ?? learn(text)
}

function learn(text: string): HttpTarget {
  const { origin, protocol, host, hostname, port, pathname, search } = parseUrl(text)
  const target = { origin, protocol, host, hostname, port, path: pathname + search }
  if (text.length > MAX_KNOWN_LENGTH) return target
  if (known.size >= MAX_KNOWN) known.clear()
  known.set(text, target)
  return target
}

function parseUrl(text: string): URL {
  const url = URL.parse(text)
  if (url === null) throw invalidPayload(`url must be an absolute URL; url is ${JSON.stringify(text.slice(0, 200))}`)
  // The URL is not quoted: the message is recorded, and the password must not be.
  if (url.username !== '' || url.password !== '') {
    throw invalidPayload(`url must not contain credentials; pass them to ${url.host} in a header`)
  }
  if (url.protocol === 'http:' || url.protocol === 'https:') return url
  throw invalidPayload(`url must start with http:// or https://; url is ${JSON.stringify(text.slice(0, 200))}`)
}

const LONGEST_PATH = 100

/** The host and the path of a call, as errors name it. The query is left out: it may hold a key. */
export function placeOf({ host, path }: Pick<HttpTarget, 'host' | 'path'>): string {
  const [pathname = ''] = path === '/' ? [] : path.split('?', 1)
  return host + (pathname.length <= LONGEST_PATH ? pathname : `${pathname.slice(0, LONGEST_PATH)}…`)
}
