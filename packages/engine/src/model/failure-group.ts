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

/** What a failed attempt is grouped by. */
export interface GroupedFailure {
  failureClass: string
  message: string
  /** The upstream's status code. Undefined: it sent none. */
  status?: number | undefined
}

/** A group of failures, as a report shows it. */
export interface FailureGroup {
  failureClass: string
  /** The upstream's status code. Null: it sent none. */
  status: number | null
  /** The error text with numbers and ids blanked out. */
  message: string
}

/** The text of the groups that take what comes after the hundredth group of a batch. `lua/lib/turn-record.lua` has the same. */
const OTHER = '(other)'

/**
 * The text by which a report counts like failures together: the class and the status, then the message without the
 * parts that differ between tasks. Numbers other than the status become `#`, ids become `*`, and long quotes are
 * shortened.
 */
export function failureGroup({ failureClass, status, message }: GroupedFailure): string {
  // A worker that dies cannot say it: the script that takes its tasks over does, and names the attempt in the message alone.
  if (failureClass === 'worker_lost') return WORKER_LOST
  const prefix = status === undefined ? failureClass : `${failureClass} ${status}`
  const group = `${prefix}: ${normalise(message, String(status))}`
  return group.length <= MAX_GROUP_LENGTH ? group : `${group.slice(0, MAX_GROUP_LENGTH - 1)}…`.toWellFormed()
}

/** `lua/lib/turn-take-over.lua` has the same. */
const WORKER_LOST = 'worker_lost: the worker died while it ran the task'

/** Decodes the text of a group, which is `<failure class>: <text>` or `<failure class> <status>: <text>`. */
export function parseFailureGroup(group: string): FailureGroup {
  const colon = group.indexOf(': ')
  const [failureClass = '', status] = group.slice(0, colon).split(' ')
  return { failureClass, status: status === undefined ? null : Number(status), message: group.slice(colon + 2) }
}

/** The group in which a report counts a failure: one of its own, or the one of its class for all further ones. */
export function reportedGroup(failure: GroupedFailure, known: ReadonlySet<string>): FailureGroup {
  const group = failureGroup(failure)
  const { failureClass } = failure
  return known.has(group) ? parseFailureGroup(group) : { failureClass, status: null, message: OTHER }
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
