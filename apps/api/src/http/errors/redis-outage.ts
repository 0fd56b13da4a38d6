/** Codes of a connection that could not be opened or has broken. */
const CONNECTION_CODES = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOENT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EPIPE',
  'ETIMEDOUT',
])

/** Errors that ioredis creates itself, by name. */
const CLIENT_NAMES = new Set(['MaxRetriesPerRequestError', 'ClusterAllFailedError', 'AbortError'])

/** Errors that ioredis creates itself and that only a message identifies. The last three come from a cluster. */
const CLIENT_MESSAGES =
  /^(Connection is closed|Stream isn't writeable|Command timed out|Failed to refresh slots cache|Too many Cluster redirections|Cluster isn't ready)/

/** Replies of a server that runs but cannot serve at the moment, or not with the credentials of this process. */
const SERVER_REPLIES = /^(NOAUTH|WRONGPASS|LOADING|CLUSTERDOWN|MASTERDOWN|READONLY|TRYAGAIN|NOREPLICAS|MISCONF|BUSY) /

/** Whether an error means that Redis is unavailable, rather than that a command is wrong. */
export function isRedisOutage(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  const { name, message } = error
  return isConnectionError(error) || CLIENT_NAMES.has(name) || CLIENT_MESSAGES.test(message) || isServerReply(error)
}

/** Connection errors name the failed system call, and this process connects to nothing but Redis. */
function isConnectionError(error: Error): boolean {
  const { code, syscall } = error as NodeJS.ErrnoException
  return code !== undefined && CONNECTION_CODES.has(code) && (syscall !== undefined || error instanceof AggregateError)
}

function isServerReply({ name, message }: Error): boolean {
  return name === 'ReplyError' && SERVER_REPLIES.test(message)
}

/** Whether Redis refused a command because it has used all of its `maxmemory`. */
export function isRedisFull(error: unknown): boolean {
  return error instanceof Error && error.message.startsWith('OOM ')
}
