import type { Settings } from '@sluice/settings'
import { Type } from 'typebox'
import { isLoopback } from '../http/guard/loopback.ts'

/** The settings of the sessions of browsers. */
export const sessionSettings = {
  SLUICE_PUBLIC_URL: Type.Optional(
    Type.String({
      pattern: String.raw`^https?://[^\s/?#@*]+(/[^\s?#]*)?$`,
      expects: 'the URL by which browsers reach the API, such as https://sluice.example.com',
      description:
        'The URL by which browsers reach the API, if a proxy with TLS is in front. People can sign in there. Without it, ' +
        'they can sign in on the machine of the API alone, by localhost. Clients may also call the API by its host. If the ' +
        'URL has a path, such as /sluice, the dashboard is at /sluice/ui/, and the proxy may pass the path on or remove it.',
    }),
  ),
}

type SessionSettings = Settings<ReturnType<typeof Type.Object<typeof sessionSettings>>>

/** Returns the problems of the settings of sessions. */
export function checkSessionSettings({ SLUICE_PUBLIC_URL: text }: SessionSettings): string[] {
  if (text === undefined) return []
  const url = URL.parse(text)
  if (url === null) return [`SLUICE_PUBLIC_URL: "${text}" has no valid host`]
  if (url.protocol === 'https:' || isLoopback(url.hostname.replaceAll(/[[\]]/g, ''))) return []
  return [`SLUICE_PUBLIC_URL: "${text}" must begin with https. Browsers keep no session that came without TLS`]
}

/** The URL by which browsers reach the API. Undefined: only by loopback. */
export function publicUrlOf({ SLUICE_PUBLIC_URL: text }: SessionSettings): URL | undefined {
  return text === undefined ? undefined : new URL(text)
}
