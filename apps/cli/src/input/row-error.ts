/** A row cannot become a task. The message is a sentence that follows the place of the row. */
export class RowError extends Error {
  override readonly name = 'RowError'
}
