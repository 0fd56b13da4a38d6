import { PAGE_TASKS } from '../keys.ts'
import type { StoredTask } from './read-tasks.ts'

/** Target size of one read, in characters. */
const AIM = 512 * 1024

/** Few enough that the first read stays small even if each task has the maximum size. */
const FIRST_TASKS = 8

/** Chooses how many tasks to read at once, by the size of the previous read: a page, or fewer if tasks are large. */
export class ReadSize {
  tasks = FIRST_TASKS

  /** Adjusts `tasks` to the sizes of the tasks that a read returned. */
  learn(read: readonly StoredTask[]): void {
    const size = read.reduce((sum, task) => sum + task.size, 0)
    if (size > 0) this.tasks = Math.min(PAGE_TASKS, Math.max(1, Math.floor((AIM * read.length) / size)))
  }
}
