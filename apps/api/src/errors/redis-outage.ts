/** Codes of a connection that cannot be made or has broken. */
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

/** Errors ioredis makes itself, by name. */
const CLIENT_NAMES = new Set(['MaxRetriesPerRequestError', 'ClusterAllFailedError', 'AbortError'])

/** Errors ioredis makes itself that have nothing but a text. The last three come from a cluster. */
const CLIENT_MESSAGES =
  /^(Connection is closed|Stream isn't writeable|Command timed out|Failed to refresh slots cache|Too many Cluster redirections|Cluster isn't ready)/

/** Replies of a server that is there but cannot serve at the moment. */
const SERVER_REPLIES = /^(LOADING|CLUSTERDOWN|MASTERDOWN|READONLY|TRYAGAIN|NOREPLICAS|MISCONF|BUSY) /

/** Whether an error says that Redis is away for now, rather than that something is wrong with a command. */
export function isRedisOutage(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  const { name, message } = error
  return isConnectionError(error) || CLIENT_NAMES.has(name) || CLIENT_MESSAGES.test(message) || isServerReply(error)
}

/** Connection errors name the system call that failed, and Redis is the only thing this process connects to. */
function isConnectionError(error: Error): boolean {
  const { code, syscall } = error as NodeJS.ErrnoException
  return code !== undefined && CONNECTION_CODES.has(code) && (syscall !== undefined || error instanceof AggregateError)
}

function isServerReply({ name, message }: Error): boolean {
  return name === 'ReplyError' && SERVER_REPLIES.test(message)
}

/** Whether Redis refused a command because it has used all the memory it may. */
export function isRedisFull(error: unknown): boolean {
  return error instanceof Error && error.message.startsWith('OOM ')
}
