import type { RequestErrorView } from '@sluice/contracts'
import { withoutSpace, Yielder } from '@sluice/engine'
import { BodyNotJsonError, RequestInvalidError } from '../intake-errors.ts'
import { checkUtf8, MAX_PLAIN_BODY_BYTES, parseJsonBody } from '../json-body.ts'
import type { Violation } from '../describe-violations.ts'
import { checkTask, isHttp, NOT_JSON } from '../task-check.ts'
import { type CutTask, TaskCutter, type TasksPlace } from './task-cutter.ts'

/** The content of a JSON body with tasks. */
export interface JsonTasks {
  /** The body, with an empty array in place of its tasks. */
  rest: unknown
  /** The text of each task as it was sent, without the white space between its parts. */
  envelopes: string[]
  /** What is wrong with the tasks: the first few flaws. If there are any, there are no envelopes. */
  errors: RequestErrorView[]
  /** The first flaws that count only if the batch has the type `http`. */
  errorsIfHttp: RequestErrorView[]
}

/** What a JSON body with tasks may hold. */
export interface JsonTasksLimits {
  place: TasksPlace
  /** The largest task, in bytes of its JSON as sent. */
  maxTaskBytes: number
}

/** Flaws that one answer lists. */
const MAX_ERRORS = 50

/**
 * Reads a JSON body task by task and yields to the event loop in between: parsing 10 MB at once would delay all other
 * requests. Undefined if the body is empty. Throws `BodyNotJsonError`, and `RequestInvalidError` if the body has more
 * content besides its tasks than can be parsed in one go.
 */
export async function readJsonTasks(bytes: Buffer, limits: JsonTasksLimits): Promise<JsonTasks | undefined> {
  if (bytes.length === 0) return undefined
  checkUtf8(bytes)
  const cutter = new TaskCutter(bytes, limits.place)
  const tasks = new CheckedTasks(limits)
  const yielder = new Yielder()
  while (!cutter.isDone) {
    if (yielder.isDue) await yielder.yield()
    const task = cutter.next()
    if (task !== undefined) tasks.add(task)
    if (cutter.restBytes > MAX_PLAIN_BODY_BYTES) throw tooMuchElse(limits.place)
  }
  if (cutter.isInside) throw new BodyNotJsonError(`the array ${limits.place} does not end`)
  const rest = parseJsonBody(cutter.rest())
  if (cutter.isRepeated) throw new RequestInvalidError([{ path: limits.place, message: 'must not occur twice' }])
  return { rest, envelopes: tasks.envelopes, errors: tasks.errors, errorsIfHttp: tasks.errorsIfHttp }
}

/** What is wrong with the tasks, now that the type of their batch is known. Default: `http`. */
export function taskErrors(sent: JsonTasks | undefined, batchType: string | undefined): RequestErrorView[] {
  if (sent === undefined) return []
  return isHttp(batchType) ? [...sent.errors, ...sent.errorsIfHttp].slice(0, MAX_ERRORS) : sent.errors
}

function tooMuchElse(place: TasksPlace): RequestInvalidError {
  const message =
    place === 'body' ? 'must be an array' : `must have at most ${MAX_PLAIN_BODY_BYTES} bytes besides its tasks`
  return new RequestInvalidError([{ path: 'body', message }])
}

class CheckedTasks {
  envelopes: string[] = []
  readonly errors: RequestErrorView[] = []
  readonly errorsIfHttp: RequestErrorView[] = []
  readonly #limits: JsonTasksLimits
  #count = 0

  constructor(limits: JsonTasksLimits) {
    this.#limits = limits
  }

  add(task: CutTask): void {
    if (this.errors.length < MAX_ERRORS) this.#check(task, `${this.#limits.place}/${this.#count}`)
    this.#count += 1
  }

  #check({ bytes, hasSpace }: CutTask, path: string): void {
    const text = bytes.toString('utf8')
    const maybeHttp = this.errorsIfHttp.length < MAX_ERRORS
    const { flaws, flawsIfHttp } = checkTask(text, this.#limits.maxTaskBytes, maybeHttp)
    if (flaws[0]?.message === NOT_JSON)
      throw new BodyNotJsonError(`${path} is not JSON, got ${JSON.stringify(flaws[0].value)}`)
    this.errors.push(...placed(flaws, path))
    this.errorsIfHttp.push(...placed(flawsIfHttp, path))
    if (this.errors.length === 0) this.envelopes.push(hasSpace ? withoutSpace(text) : text)
    else this.envelopes = []
  }
}

function placed(flaws: readonly Violation[], task: string): RequestErrorView[] {
  return flaws.map(({ path, message, value }) => ({
    path: task + path,
    message,
    ...(value !== undefined && { value }),
  }))
}
