import type { Engine } from '../engine.ts'
import { endSessionScript } from '../scripts/end-session.ts'
import { sendSignal } from '../signals.ts'

/** Ends a session. Returns false if it does not exist, or has ended before. */
export async function endSession(engine: Engine, id: string): Promise<boolean> {
  const { kind } = await endSessionScript.run(engine.redis, engine.keys.sessions, { id })
  await sendSignal(engine, { kind: 'session', id })
  return kind === 'ended'
}
