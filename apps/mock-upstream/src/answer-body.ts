import { type Static, Type } from 'typebox'

export const AnswerKind = Type.Enum(['plain', 'chat_completion'])
/** What the body of a 200 is: our own, or that of OpenAI's chat completions. */
export type AnswerKind = Static<typeof AnswerKind>

/** An accepted request. */
export interface Accepted {
  requestId: string
  /** When it arrived, in ms since the epoch. */
  ts: number
  /** How long it took, in ms. */
  rt: number
}

/** Returns the body of a 200. */
export function answerBody(kind: AnswerKind, { requestId, ts, rt }: Accepted): object {
  if (kind === 'plain') return { requestId, meta: { ts, rt }, data: 'ok' }
  return {
    id: `chatcmpl-${requestId}`,
    object: 'chat.completion',
    created: Math.floor(ts / 1000),
    model: 'mock',
    choices: [{ index: 0, message: { role: 'assistant', content: 'ok' }, finish_reason: 'stop' }],
    usage: { prompt_tokens: 12, completion_tokens: 1, total_tokens: 13 },
  }
}
