import { createHash } from 'node:crypto'
import type { ApiRole } from './api-key.ts'
import type { Reach } from './reach.ts'
import { API_KEY_ID_LENGTH, API_KEY_SECRET_LENGTH, digitsOf, hashSecret, randomDigits } from './api-key-text.ts'

/** How long a session lasts without use, in ms: 12 hours. */
export const SESSION_IDLE_MS = 12 * 3600 * 1000

/** How long a session lasts at most, in ms: 7 days. */
export const SESSION_MAX_AGE_MS = 7 * 24 * 3600 * 1000

/** The same for a person of an issuer, who signs in with a click, and whose role the issuer decides then: 12 hours. */
const OIDC_SESSION_MAX_AGE_MS = 12 * 3600 * 1000

/** How many sessions an owner may have. One more ends the one that expires first. */
export const MAX_SESSIONS_OF_OWNER = 20

/** Who an issuer of OpenID Connect says that a person is. */
export interface Person {
  issuer: string
  subject: string
}

/** Whose session it is. */
export type SessionOwner =
  /** An API key: the session has what the key has, at any time. */
  | { kind: 'key'; keyId: string }
  /** A person whom an issuer of OpenID Connect has signed in: the session has the role and the reach that the person had then. */
  | ({ kind: 'oidc'; role: ApiRole; name: string } & Person & Reach)

/** The session of a browser, without its secret. */
export interface Session {
  id: string
  owner: SessionOwner
  createdAt: Date
  /** When it ends unless it is used. */
  expiresAt: Date
  /** When it ends in any case. */
  endsAt: Date
}

/** A session as Redis has it. When it expires is stored apart. */
export interface SessionRecord {
  id: string
  /** The SHA-256 of its secret. */
  hash: string
  owner: SessionOwner
  /** Ms since the epoch. */
  createdAt: number
  /** When it ends in any case, in ms since the epoch. */
  endsAt: number
}

/** What the cookie of a session consists of. */
export interface SessionText {
  /** The id of its owner, and twelve characters. Logs and the audit log may show it. */
  id: string
  secret: string
}

/** The first characters of the id of a session name its owner. */
export const OWNER_LENGTH = API_KEY_ID_LENGTH

const FORM = new RegExp(`^([0-9A-Za-z]{${OWNER_LENGTH + API_KEY_ID_LENGTH}})([0-9A-Za-z]{${API_KEY_SECRET_LENGTH}})$`)

/** Creates the random text of a session. */
export function newSessionText(owner: SessionOwner): SessionText {
  return { id: ownerIdOf(owner) + randomDigits(API_KEY_ID_LENGTH), secret: randomDigits(API_KEY_SECRET_LENGTH) }
}

/** Writes the text of a session as its cookie has it. */
export function writeSessionText({ id, secret }: SessionText): string {
  return id + secret
}

/** Reads the text of a session. Returns undefined if it is not one. */
export function readSessionText(text: string): SessionText | undefined {
  const [, id, secret] = FORM.exec(text) ?? []
  return id === undefined || secret === undefined ? undefined : { id, secret }
}

/** The record of a new session. */
export function sessionRecordOf(owner: SessionOwner, { id, secret }: SessionText, now: number): SessionRecord {
  const maxAgeMs = owner.kind === 'key' ? SESSION_MAX_AGE_MS : OIDC_SESSION_MAX_AGE_MS
  return { id, hash: hashSecret(secret), owner, createdAt: now, endsAt: now + maxAgeMs }
}

/** Shows what Redis has of a session. */
export function showSession({ id, owner, createdAt, endsAt }: SessionRecord, expiresAt: number): Session {
  return { id, owner, createdAt: new Date(createdAt), expiresAt: new Date(expiresAt), endsAt: new Date(endsAt) }
}

/** The id of a person: as long as that of an API key. It says nothing about the person. */
export function personIdOf({ issuer, subject }: Person): string {
  const hash = createHash('sha256')
    .update(JSON.stringify([issuer, subject]))
    .digest()
  return digitsOf(hash.subarray(0, OWNER_LENGTH))
}

function ownerIdOf(owner: SessionOwner): string {
  return owner.kind === 'key' ? owner.keyId : personIdOf(owner)
}
