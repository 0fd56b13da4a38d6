import { ApiError, type AppendOptions, type Tasks } from '@sluice/client'
import { UsageError } from './exit-codes.ts'
import { STDIN } from './input/read-blocks.ts'
import { RejectedRows } from './input/rejected-rows.ts'
import { findPlace, readForSending, type TaskInput } from './input/tasks.ts'
import { count } from './output/words.ts'

/** How the tasks of an input are sent. */
export interface UploadSettings {
  /** Whether rows that cannot be used are left out, instead of ending the upload. */
  skipsInvalid: boolean
  /** Reads how many tasks of this input the batch has already. */
  readHeld: () => Promise<number>
  /** Receives a line for people. */
  say: (line: string) => void
}

/** What the sender of tasks passes on to `append`. */
type Hooks = Pick<AppendOptions, 'maxRetries' | 'onInvalid' | 'onProgress'>

/** Repetitions take half a minute: an API that is restarted ends no upload. */
const MAX_RETRIES = 10

/**
 * Sends the tasks of an input. Throws a `UsageError` with the places of rows that cannot be used, unless they are left out.
 */
export async function upload<Result>(
  input: TaskInput,
  settings: UploadSettings,
  send: (tasks: Tasks, hooks: Hooks) => Promise<Result>,
): Promise<Result> {
  if (settings.skipsInvalid) return await uploadValid(input, settings, send)
  try {
    return await send(readForSending(input), { maxRetries: MAX_RETRIES })
  } catch (error) {
    throw await explainLines(error, input)
  }
}

async function uploadValid<Result>(
  input: TaskInput,
  { readHeld, say }: UploadSettings,
  send: (tasks: Tasks, hooks: Hooks) => Promise<Result>,
): Promise<Result> {
  const rejected = new RejectedRows(input, { readHeld, say })
  try {
    const result = await send(rejected.tasks(), {
      maxRetries: MAX_RETRIES,
      onInvalid: (tasks) => rejected.reject(tasks),
      onProgress: (progress) => rejected.progress(progress),
    })
    await rejected.finish()
    const rows = rejected.count === 1 ? '1 row was' : `${count(rejected.count)} rows were`
    if (rejected.count > 0) say(`${rows} left out, and kept in ${rejected.path}`)
    return result
  } finally {
    await rejected.close()
  }
}

/** Names the lines of the file in which the API found something wrong. */
async function explainLines(error: unknown, { file, format, isReady }: TaskInput): Promise<unknown> {
  if (!(error instanceof ApiError) || error.code !== 'SLUICE_TASKS_INVALID') return error
  const lines: string[] = []
  for (const { line, message } of error.problem.lines) {
    const place = isReady ? `${file}:${line}` : await placeOfTask(line)
    lines.push(`${place}: ${message}`)
  }
  return new UsageError(`The API refused tasks:\n${lines.join('\n')}`)

  async function placeOfTask(task: number): Promise<string> {
    return file === STDIN ? `task ${task}` : `${file}:${await findPlace(file, format, task - 1)}`
  }
}
