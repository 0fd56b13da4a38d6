import { type Static, type TObject, type TSchema, Type, type TString } from 'typebox'
import { reasonHeader } from '../schemas/audit.ts'
import { SettingsVersion } from '../schemas/versions.ts'
import type { ErrorCode } from '../error-codes.ts'
import type { Permission } from '../permissions.ts'
import { type Content, type Json, mediaTypes, MERGE_PATCH_MEDIA_TYPE, type Ndjson } from './content.ts'

/** The resources of the API. Each operation belongs to one. */
export const tags = {
  batches: 'Tasks submitted together to one queue: watched, interrupted, resumed and reported on as one.',
  tasks: 'The units of work in a batch.',
  queues: 'Named lanes of work with their own concurrency and defaults.',
  limits: 'Named allowances that all workers share, usually one account with one provider.',
  detections: 'Measurements of the limits of an upstream.',
  tenants: 'The parties that share an installation, with what each may hold.',
  keys: 'API keys: who may call the API, and what they may do.',
  sessions: 'The sessions of browsers: signing in and out.',
  audit: 'The audit log: who has done what.',
  workers: 'The processes that run tasks.',
  service: 'The state of the installation and of the API process, for those who run them.',
} as const

export type Tag = keyof typeof tags

/** In which order the overload gate serves an operation: `bypass` never waits, `sheddable` is refused first. */
export type GateClass = 'bypass' | 'critical' | 'normal' | 'sheddable'

/** What a client may send as the body. */
export interface RequestBody<Contents extends readonly (Json | Ndjson)[] = readonly (Json | Ndjson)[]> {
  required: boolean
  /** One per media type. */
  contents: Contents
}

/** A successful answer. */
export interface Answer {
  description: string
  content: Content
  /** The form in which the client can have the same instead. Default: none. */
  otherForm?: Content
  headers?: Readonly<Record<string, TString>>
}

/**
 * One operation of the REST API. The route, the OpenAPI document, the reference page and the types of clients all
 * follow from it.
 */
export interface Operation {
  /** Its name in code: unique, a verb and a noun. */
  id: string
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** The whole path, with `:name` for each parameter. */
  path: `/${string}`
  tag: Tag
  /** What it does, as an imperative without a full stop. */
  summary: string
  /** What it does, in full sentences. Markdown. */
  description: string
  /** What the client must be permitted. Null: anyone may call it. */
  permission: Permission | null
  /** What the client must be permitted besides for some bodies: `description` says for which. Default: nothing. */
  bodyPermissions?: readonly Permission[]
  gate: GateClass
  /**
   * Whether another site sends the browsers of people here. It changes something although its method is GET, and a cookie
   * proves that this browser has asked for it. Default false.
   */
  isRedirectTarget?: boolean
  params?: TObject
  query?: TObject
  headers?: TObject
  body?: RequestBody
  /** Successful answers by status. A route answers with the lowest status unless it says otherwise. */
  answers: Readonly<Record<number, Answer>>
  /** Codes that this operation adds to those which follow from its form: see `errorsOf`. */
  errors: readonly ErrorCode[]
  /** What a code means here, if its general meaning is too vague. */
  remarks?: Readonly<Partial<Record<ErrorCode, string>>>
}

/** The media types in which an operation accepts its body. */
export function mediaTypesOf({ method, body: sent }: Operation): string[] {
  const types: string[] = sent?.contents.map(({ kind }) => mediaTypes[kind]) ?? []
  return method === 'PATCH' ? [...types, MERGE_PATCH_MEDIA_TYPE] : types
}

/**
 * Checks the definition of an operation and keeps the types of its schemas. One that changes something also reads why, for
 * the audit log.
 */
export function operation<const Definition extends Operation>(definition: Definition): Definition {
  if (!changesSomething(definition)) return definition
  return { ...definition, headers: Type.Object({ ...definition.headers?.properties, ...reasonHeader }) }
}

/** Whether an operation changes something: the audit log has every request of it. */
export function changesSomething({
  method,
  isRedirectTarget = false,
}: Pick<Operation, 'method' | 'isRedirectTarget'>): boolean {
  return method !== 'GET' || isRedirectTarget
}

/** A body that must be sent, in one of the given forms. */
export function body<const Contents extends readonly (Json | Ndjson)[]>(...contents: Contents) {
  return { required: true as const, contents }
}

/** A body that may be left out. */
export function optionalBody<const Contents extends readonly (Json | Ndjson)[]>(...contents: Contents) {
  return { required: false as const, contents }
}

/** The header that names a new object. */
export function location(example: string): { location: TString } {
  return { location: Type.String({ description: 'The path of the new object.', examples: [example] }) }
}

/** The header that shows the version of settings. */
export const etag = { etag: SettingsVersion }

type PartOf<O extends Operation, Part extends 'params' | 'query' | 'headers'> =
  O extends Record<Part, infer Schema extends TSchema> ? Static<Schema> : unknown

/** The path parameters of an operation. */
export type ParamsOf<O extends Operation> = PartOf<O, 'params'>

/** The query parameters of an operation. */
export type QueryOf<O extends Operation> = PartOf<O, 'query'>

/** The request headers that an operation reads. */
export type HeadersOf<O extends Operation> = PartOf<O, 'headers'>

/** The JSON body of an operation; undefined if it has none or the client may leave it out. */
export type BodyOf<O extends Operation> = O extends { body: infer Sent extends RequestBody }
  ? JsonOf<Sent['contents'][number]> | (Sent['required'] extends true ? never : undefined)
  : undefined

type JsonOf<C> = C extends Json<infer Schema> ? Static<Schema> : never

/** What the successful answers of an operation consist of. */
export type ContentOf<O extends Operation> = Extract<O['answers'][keyof O['answers']], Answer>['content']
