/** Tells whether a secret may be sent to an origin, such as `https://api.example.com:8443`. */
export type OriginMatcher = (origin: string) => boolean

/**
 * Compiles the hosts of a secret: `api.example.com` (https at port 443), `api.example.com:8443` (https at this port), or
 * `http://10.0.0.5:8080` for a connection that is not encrypted. There are no wildcards: whoever controls the DNS of a
 * domain would choose where the secret goes. Entries must have passed `checkSecretHosts`.
 */
export function createOriginMatcher(entries: readonly string[]): OriginMatcher {
  const origins = new Set(entries.map((entry) => parseEntry(entry)?.origin))
  return (origin) => origins.has(origin)
}

/** Returns a sentence for each entry that `createOriginMatcher` does not support. */
export function checkSecretHosts(entries: readonly string[]): string[] {
  return entries.flatMap((entry) => {
    const flaw = flawOf(entry)
    return flaw === undefined ? [] : `"${entry}" ${flaw}.`
  })
}

function flawOf(entry: string): string | undefined {
  if (entry.includes('*')) return 'has a wildcard; a secret goes only to hosts that are listed by their full name'
  const url = parseEntry(entry)
  if (url === undefined) return 'is not a host; list hosts such as api.example.com or api.example.com:8443'
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return 'has a scheme other than https:// and http://'
  const isHostAlone = url.href === `${url.origin}/` && !/[/?#]$/.test(entry)
  if (!isHostAlone) return 'is more than a host; list the host without a path, a query and a user name'
  return url.hostname.endsWith('.') ? 'must not end with a dot' : undefined
}

function parseEntry(entry: string): URL | undefined {
  return URL.parse(entry.includes('://') ? entry : `https://${entry}`) ?? undefined
}
