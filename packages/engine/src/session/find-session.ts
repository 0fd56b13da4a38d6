import type { Engine } from '../engine.ts'
import { type Session, SESSION_IDLE_MS, type SessionRecord, showSession } from '../model/session.ts'
import { prolongSessionScript } from '../scripts/prolong-session.ts'
import { readSessionScript } from '../scripts/read-session.ts'

/** What a process needs to know of a session in order to authenticate by it. */
export interface FoundSession {
  session: Session
  /** The hash of its secret. */
  hash: string
  /** The time of Redis's clock at which it was read, in ms since the epoch. */
  readAt: number
}

/** Finds a session. Returns undefined if it has ended or never existed. */
export async function findSession({ redis, keys }: Engine, id: string): Promise<FoundSession | undefined> {
  const reply = await readSessionScript.run(redis, keys.sessions, { id })
  if (reply.kind === 'missing') return undefined
  const record = JSON.parse(reply.json) as SessionRecord
  return { session: showSession(record, reply.expiresAt), hash: record.hash, readAt: reply.now }
}

/** A session in use is prolonged once a minute. */
const PROLONG_EVERY_MS = 60_000

/** Whether a session that is used should be prolonged. */
export function isProlongationDue({ session: { endsAt, expiresAt }, readAt }: FoundSession): boolean {
  return Math.min(readAt + SESSION_IDLE_MS, endsAt.getTime()) - expiresAt.getTime() >= PROLONG_EVERY_MS
}

/** Lets a session that is used last for 12 hours from now, and never longer than 7 days in all. */
export async function prolongSession({ redis, keys }: Engine, { id, endsAt }: Session): Promise<void> {
  const request = { id, idleMs: SESSION_IDLE_MS, endsAt: endsAt.getTime() }
  await prolongSessionScript.run(redis, keys.sessions, request)
}
