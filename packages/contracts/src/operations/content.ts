import type { TSchema } from 'typebox'

/** A JSON value. */
export interface Json<Schema extends TSchema = TSchema> {
  kind: 'json'
  schema: Schema
}

/** A stream of JSON values, one per line. */
export interface Ndjson<Line extends TSchema = TSchema> {
  kind: 'ndjson'
  line: Line
}

/** A stream of rows of CSV (RFC 4180), after a first one with the names of the columns. */
export interface Csv {
  kind: 'csv'
  /** The name of each column with its meaning, in order. */
  columns: Readonly<Record<string, string>>
}

/** A stream of server-sent events, all with the same kind of data. */
export interface Events<Data extends TSchema = TSchema> {
  kind: 'events'
  data: Data
  /** The names of the events, each with its meaning. */
  names: Readonly<Record<string, string>>
}

/** Plain text. */
export interface Text {
  kind: 'text'
}

/** No body at all. */
export interface Empty {
  kind: 'empty'
}

/** What a body consists of. */
export type Content = Json | Ndjson | Csv | Events | Text | Empty

/** The media type of each kind of body. */
export const mediaTypes = {
  json: 'application/json',
  ndjson: 'application/x-ndjson',
  csv: 'text/csv',
  events: 'text/event-stream',
  text: 'text/plain',
} as const satisfies Record<Exclude<Content['kind'], 'empty'>, string>

/** The media type of every refusal. */
export const PROBLEM_MEDIA_TYPE = 'application/problem+json'

/** The media type of a change (RFC 7396), which operations with PATCH accept besides JSON. */
export const MERGE_PATCH_MEDIA_TYPE = 'application/merge-patch+json'

/** A body of one JSON value. */
export function json<const Schema extends TSchema>(schema: Schema): Json<Schema> {
  return { kind: 'json', schema }
}

/** A body with one JSON value per line. */
export function ndjson<const Line extends TSchema>(line: Line): Ndjson<Line> {
  return { kind: 'ndjson', line }
}

/** A body with a row of CSV for each object. */
export function csv(columns: Readonly<Record<string, string>>): Csv {
  return { kind: 'csv', columns }
}

/** A body of server-sent events. */
export function events<const Data extends TSchema>(data: Data, names: Record<string, string>): Events<Data> {
  return { kind: 'events', data, names }
}

/** A body of plain text. */
export const text: Text = { kind: 'text' }

/** No body. */
export const empty: Empty = { kind: 'empty' }
