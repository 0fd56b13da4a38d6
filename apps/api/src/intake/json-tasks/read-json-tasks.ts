import type { RequestErrorView } from '@sluice/contracts'
import { withoutSpace, Yielder } from '@sluice/engine'
import { BodyNotJsonError, RequestInvalidError } from '../intake-errors.ts'
import { checkUtf8, MAX_PLAIN_BODY_BYTES, parseJsonBody } from '../json-body.ts'
import { findTaskFlaws, NOT_JSON } from '../task-check.ts'
import { type CutTask, TaskCutter, type TasksPlace } from './task-cutter.ts'

/** The content of a JSON body with tasks. */
export interface JsonTasks {
  /** The body, with an empty array in place of its tasks. */
  rest: unknown
  /** The text of each task as it was sent, without the white space between its parts. */
  envelopes: string[]
  /** What is wrong with the tasks: the first few flaws. If there are any, there are no envelopes. */
  errors: RequestErrorView[]
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
  return { rest, envelopes: tasks.envelopes, errors: tasks.errors }
}

function tooMuchElse(place: TasksPlace): RequestInvalidError {
  const message =
    place === 'body' ? 'must be an array' : `must have at most ${MAX_PLAIN_BODY_BYTES} bytes besides its tasks`
  return new RequestInvalidError([{ path: 'body', message }])
}

class CheckedTasks {
  envelopes: string[] = []
  readonly errors: RequestErrorView[] = []
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
    const flaws = findTaskFlaws(text, this.#limits.maxTaskBytes)
    if (flaws[0]?.message === NOT_JSON)
      throw new BodyNotJsonError(`${path} is not JSON, got ${JSON.stringify(flaws[0].value)}`)
    this.errors.push(...flaws.map((flaw) => ({ ...flaw, path: path + flaw.path })))
    if (this.errors.length === 0) this.envelopes.push(hasSpace ? withoutSpace(text) : text)
    else this.envelopes = []
  }
}
