import { signal } from '@preact/signals'
import { ApiError, type Permission, type Session, Sluice } from '@sluice/client'
import { apiRoot } from '../routing/location.ts'
import { noteTime } from './clock.ts'
import { heard, missed } from './connection.ts'

/** Who uses the page. `unknown`: the API has not answered yet. `signed_out`: it asks for an API key. */
export type Identity = { kind: 'unknown' } | { kind: 'signed_out' } | { kind: 'signed_in'; session: Session }

/** Who uses the page. */
export const identity = signal<Identity>({ kind: 'unknown' })

/** The API, called with the session of this browser, whose cookie no script can read. */
export const sluice = new Sluice({ url: apiRoot, fetch: fetchAndNotice })

/** The session may end at any time. */
async function fetchAndNotice(input: RequestInfo | URL, init?: RequestInit): Promise<Response> {
  const response = await fetch(input, init)
  noteTime(response.headers.get('date'))
  if (response.status === 401 && identity.peek().kind === 'signed_in') identity.value = { kind: 'signed_out' }
  return response
}

/** Asks the API who this page is, until it answers. */
export async function findIdentity(): Promise<void> {
  try {
    identity.value = { kind: 'signed_in', session: await sluice.session() }
    heard()
  } catch (error) {
    if (error instanceof ApiError && error.status === 401) identity.value = { kind: 'signed_out' }
    else {
      missed()
      setTimeout(() => void findIdentity(), 2000)
    }
  }
}

/** Asks once who this page is now: the session may have ended, and its role may have changed. */
export async function refreshIdentity(): Promise<void> {
  try {
    identity.value = { kind: 'signed_in', session: await sluice.session() }
  } catch {
    // A refusal has signed the page out. An outage shows in what the pages ask.
  }
}

/** Signs in. Throws the `ApiError` of a key that the API does not accept. */
export async function signIn(apiKey: string): Promise<void> {
  const session = await sluice.request('createSession', { json: { apiKey } })
  identity.value = { kind: 'signed_in', session }
}

/** Ends the session, and forgets all that the page shows. */
export async function signOut(): Promise<void> {
  await sluice.request('deleteSession')
  identity.value = { kind: 'signed_out' }
}

/** Whether people can sign in at an issuer of OpenID Connect, as the API has written into the page. */
export const hasIssuer = document.querySelector('#settings')?.textContent?.includes('"hasIssuer":true') ?? false

/** The address at which a person signs in at the issuer, and then returns to this page. */
export function issuerAddress(): string {
  return `${apiRoot}/v1/session/oidc?returnTo=${encodeURIComponent(location.pathname + location.search)}`
}

/** Whether the person may do something. The page hides what they may not; the API refuses it in any case. */
export function may(permission: Permission): boolean {
  const { value } = identity
  return value.kind === 'signed_in' && value.session.permissions.includes(permission)
}
