/**
 * The regular expressions of the schemas, in the syntax that JavaScript, Python and Java share: generated clients compile
 * them, too.
 */
export const patterns = {
  name: '^[a-z0-9][a-z0-9._-]{0,62}$',
  unit: '^[A-Za-z][A-Za-z0-9._-]{0,62}$',
  // No control characters and no halves of surrogate pairs: neither survives storage or a URL.
  code: '^[^/\\x00-\\x1f\\x7f-\\x9f\\ud800-\\udfff]+$',
  type: '^[^\\x00-\\x1f\\x7f-\\x9f\\ud800-\\udfff]+$',
  reason: '^[a-z][a-z0-9_]{0,63}$',
  id: '^[0-9a-z]+$',
  apiKeyId: '^[0-9A-Za-z]{12}$',
  sessionId: '^[0-9A-Za-z]{24}$',
  auditReason: '^[\\x20-\\x7e]{1,200}$',
  auditEntryId: String.raw`^\d{1,15}-\d{1,15}$`,
  // Browsers take a second slash for the beginning of a host, and a backslash for a slash.
  returnTo: String.raw`^/(?![/\\])[\x21-\x5b\x5d-\x7e]*$`,
  grantedQueue: String.raw`^[a-z0-9][a-z0-9._-]{0,62}\*?$`,
  time: String.raw`^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:\d\d)$`,
  version: '^"[0-9]{1,15}"$',
  secretName: '^[A-Za-z0-9_]{1,100}$',
  httpUrl: '^[Hh][Tt][Tt][Pp][Ss]?://',
  headerName: "^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}$",
  headerValue: '^[\\t\\x20-\\x7e\\x80-\\xff]*$',
  topics: '^(batches|queues|limits|workers|system)(,(batches|queues|limits|workers|system)){0,9}$',
} as const

/** What a value must be to match each of the patterns: completes "must be …" in refusals. */
export const patternMeanings: ReadonlyMap<string, string> = new Map([
  [
    patterns.name,
    'up to 63 lower-case letters, digits, dots, underscores and hyphens, beginning with a letter or digit',
  ],
  [patterns.unit, 'up to 63 letters, digits, dots, underscores and hyphens, beginning with a letter'],
  [patterns.code, 'text without slashes, control characters and halves of surrogate pairs'],
  [patterns.type, 'text without control characters and halves of surrogate pairs'],
  [patterns.reason, 'one word of up to 64 lower-case letters, digits and underscores, beginning with a letter'],
  [patterns.id, 'an id of lower-case letters and digits'],
  [patterns.apiKeyId, 'the id of an API key: 12 letters and digits'],
  [patterns.sessionId, 'the id of a session: 24 letters and digits'],
  [patterns.auditReason, 'up to 200 printable characters of ASCII'],
  [patterns.auditEntryId, 'the id of an entry of the audit log'],
  [patterns.returnTo, 'a path that begins with one slash, in printable characters of ASCII'],
  [patterns.grantedQueue, 'the name of a queue, or the beginning of names followed by *'],
  [patterns.time, 'a time in ISO 8601 with a time zone'],
  [patterns.version, 'an ETag that the API has returned: a number in double quotes'],
  [patterns.secretName, 'the name of a secret: up to 100 letters, digits and underscores'],
  [patterns.httpUrl, 'an http or https URL'],
  [patterns.headerName, 'the name of an HTTP header'],
  [patterns.topics, 'topics separated by commas: batches, queues, limits, workers, system'],
  [patterns.headerValue, 'a header value: printable characters of Latin-1, spaces and tabs'],
])
