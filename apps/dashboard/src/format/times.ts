const full = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'medium' })
const clock = new Intl.DateTimeFormat('en-GB', { timeStyle: 'medium' })

/** A time of day and its date, in the time zone of the browser. */
export function dateTime(iso: string): string {
  return full.format(new Date(iso))
}

/** A time of day, in the time zone of the browser. */
export function timeOfDay(ms: number): string {
  return clock.format(new Date(ms))
}
