/** The columns of results as CSV, in order. A value that is null is an empty field. */
export const resultColumns = {
  seq: 'Position of the task in its batch, starting at 0.',
  key: 'Your own id for the task.',
  state: 'The state of the task.',
  attempts: 'Number of attempts started.',
  finishedAt: 'When the last recorded attempt ended.',
  durationMs: 'Duration of the last recorded attempt, in ms.',
  result: 'The result as JSON, as it was recorded: numbers keep their digits.',
  'error.failureClass': 'The class of the failure.',
  'error.status': "The upstream's HTTP status code, if it responded.",
  'error.message': 'The error message. One that a spreadsheet would take for a formula has an apostrophe in front.',
} as const
