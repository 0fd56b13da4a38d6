import type { Printer } from './print.ts'

/** Prints settings as JSON: they can be edited and sent back. */
export function jsonPrinter<Row extends object>(...fields: (keyof Row & string)[]): Printer<Row> {
  return { fields, text: (rows) => rows.map((row) => JSON.stringify(row, undefined, 2)).join('\n') }
}
