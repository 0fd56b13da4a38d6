import type { Failure } from './classify-failure.ts'

const MAX_GROUP_LENGTH = 160
const MAX_QUOTED_LENGTH = 24

const UUID = /\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/gi
/**
 * A hex id has at least 8 characters, another id (`req_011CSHoEeqs5C35K2`) 16. Both need a digit and a letter, so that
 * words do not match.
 */
const HEX_ID = /\b(?=[0-9a-f]*[0-9])(?=[0-9a-f]*[a-f])[0-9a-f]{8,}\b/gi
const OTHER_ID = /\b(?=\w*[0-9])(?=\w*[a-z])\w{16,}\b/gi
const NUMBER = /\d+(?:[.,:]\d+)*/g
/** A quote opens and closes at the edge of a word, so the apostrophe of "doesn't" does not match. */
const QUOTED = /(?<!\w)(["'`])((?:(?!\1).){25,}?)\1(?!\w)/g

/**
 * The text by which a report counts like failures together: the class and the status, then the message without the
 * parts that differ between tasks. Numbers other than the status become `#`, ids become `*`, and long quotes are
 * shortened.
 */
export function failureGroup(failure: Pick<Failure, 'failureClass' | 'message' | 'status'>): string {
  const prefix = failure.status === undefined ? failure.failureClass : `${failure.failureClass} ${failure.status}`
  const group = `${prefix}: ${normalise(failure.message, String(failure.status))}`
  return group.length <= MAX_GROUP_LENGTH ? group : `${group.slice(0, MAX_GROUP_LENGTH - 1)}…`.toWellFormed()
}

function normalise(message: string, status: string): string {
  return message
    .replace(/\s+/g, ' ')
    .trim()
    .replace(UUID, '*')
    .replace(HEX_ID, '*')
    .replace(OTHER_ID, '*')
    .replace(NUMBER, (number) => (number === status ? number : '#'))
    .replace(QUOTED, (_, quote: string, content: string) => `${quote}${content.slice(0, MAX_QUOTED_LENGTH)}…${quote}`)
}
