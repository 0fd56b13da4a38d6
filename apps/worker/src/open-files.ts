import type { Logger } from 'pino'

/** Files that a worker opens besides the connections of its calls. One that serves a single queue opened about 40. */
const OTHER_FILES = 100

/**
 * Logs a warning if this process may open fewer files than its concurrency requires. Each running call has a connection,
 * which is an open file. Without one, the call fails with `EMFILE`, and its batch may stop itself for no fault of the
 * upstream.
 */
export function warnOfFewOpenFiles(log: Logger, concurrency: number): void {
  const maxOpenFiles = readMaxOpenFiles()
  const requiredOpenFiles = concurrency + OTHER_FILES
  if (maxOpenFiles >= requiredOpenFiles) return
  log.warn(
    { maxOpenFiles, requiredOpenFiles, concurrency },
    'the process may open too few files for its concurrency, so calls may fail; raise the limit (ulimit -n)',
  )
}

/** Returns how many files this process may open. Node.js raises the soft limit to the hard limit when it starts. */
function readMaxOpenFiles(): number {
  const { userLimits } = process.report.getReport() as { userLimits?: { open_files?: { soft: number | 'unlimited' } } }
  const soft = userLimits?.open_files?.soft
  return typeof soft === 'number' ? soft : Infinity
}
