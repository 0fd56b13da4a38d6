import { PAGE_TASKS } from '../keys.ts'
import type { StoredTask } from './read-tasks.ts'

/** What one read should bring, in characters. */
const AIM = 512 * 1024

/** Few enough to be harmless when each is as large as a task may be. */
const FIRST_TASKS = 8

/** How many tasks to read at once: a whole page of small ones, few of large ones, judged by the read before. */
export class ReadSize {
  tasks = FIRST_TASKS

  /** Says what a read has brought. */
  learn(read: readonly StoredTask[]): void {
    const size = read.reduce((sum, task) => sum + task.size, 0)
    if (size > 0) this.tasks = Math.min(PAGE_TASKS, Math.max(1, Math.floor((AIM * read.length) / size)))
  }
}
