import type { Engine } from '../engine.ts'
import {
  MAX_SESSIONS_OF_OWNER,
  newSessionText,
  OWNER_LENGTH,
  type Session,
  SESSION_IDLE_MS,
  SESSION_MAX_AGE_MS,
  type SessionOwner,
  sessionRecordOf,
  showSession,
  writeSessionText,
} from '../model/session.ts'
import { redisNow } from '../redis-now.ts'
import { addSessionScript } from '../scripts/add-session.ts'
import { sendSignal } from '../signals.ts'

/** A new session and the text of its cookie, which nothing shows again. */
export interface CreatedSession {
  session: Session
  text: string
}

/** Creates a session. The owner's session that would expire first ends if there are too many. */
export async function createSession(engine: Engine, owner: SessionOwner): Promise<CreatedSession> {
  const text = newSessionText(owner)
  const record = sessionRecordOf(owner, text, await redisNow(engine))
  const { expiresAt, ended } = await addSessionScript.run(engine.redis, engine.keys.sessions, {
    id: text.id,
    json: JSON.stringify(record),
    owner: text.id.slice(0, OWNER_LENGTH),
    idleMs: SESSION_IDLE_MS,
    maxAgeMs: SESSION_MAX_AGE_MS,
    maxOfOwner: MAX_SESSIONS_OF_OWNER,
  })
  await Promise.all(ended.map((id) => sendSignal(engine, { kind: 'session', id })))
  return { session: showSession(record, expiresAt), text: writeSessionText(text) }
}
