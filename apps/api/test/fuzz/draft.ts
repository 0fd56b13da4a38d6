import type { Random } from '../../../../packages/engine/test/support/random.ts'
import type { DocumentedOperation, Parameter } from './api-document.ts'
import { ValueGenerator } from './generate-value.ts'
import type { World } from './world.ts'

/** A secret that clients send in headers which the API does not read. It must never come back. */
export const CLIENT_SECRET = 'fuzz-client-secret-5d0c1b'

/** A request in parts, before it becomes bytes. */
export interface Draft {
  operation: DocumentedOperation
  method: string
  /** The path as sent. */
  path: string
  /** Names and values of the query, not encoded yet. */
  query: [string, string][]
  headers: [string, string][]
  /** Bytes of the body; undefined for none. */
  body: Buffer | undefined
  isChunked: boolean
}

/** Drafts a request to an operation from its documented schemas. */
export function draftRequest(operation: DocumentedOperation, random: Random, world: World, edgeShare: number): Draft {
  const generator = new ValueGenerator(random, world, edgeShare)
  const { method, template, parameters, body } = operation
  const isSent = ({ required }: Parameter) => required || random.chance(0.3)
  const valueOf = (parameter: Parameter) => parameterValue(parameter, template, { random, world, generator })
  const ofPlace = (place: Parameter['in']) =>
    parameters
      .filter((parameter) => parameter.in === place && isSent(parameter))
      .flatMap((parameter): [string, string][] =>
        parameter.schema.type === 'object' || parameter.schema.type === 'array'
          ? partsOf(parameter, generator)
          : [[parameter.name, valueOf(parameter)]],
      )

  const draft: Draft = {
    operation,
    method,
    path: ofPlace('path').reduce((path, [name, value]) => path.replace(`{${name}}`, () => encode(value)), template),
    query: ofPlace('query'),
    headers: [['Host', 'localhost'], ...usualHeaders(random), ...ofPlace('header').map(asHeader)],
    body: undefined,
    isChunked: random.chance(0.15),
  }
  if (body !== undefined && (body.required || random.chance(0.5))) {
    const [mediaType, schema] = random.pick(Object.entries(body.schemas))
    const isNdjson = mediaType === 'application/x-ndjson'
    const values = isNdjson ? Array.from({ length: random.int(1, 6) }, () => schema) : [schema]
    setBody(draft, mediaType, values.map((one) => JSON.stringify(generator.generate(one))).join('\n'))
    // A JSON body has members for what the query says about an upload.
    if (operation.id === 'createBatch' && !isNdjson && random.chance(0.9)) draft.query = []
  }
  return draft
}

/** Replaces the body of a draft. */
export function setBody(draft: Draft, mediaType: string, body: string | Buffer): void {
  setHeader(draft, 'content-type', mediaType)
  draft.body = Buffer.from(body as string)
}

/** Replaces or adds a header of a draft. */
export function setHeader(draft: Draft, name: string, value: string): void {
  draft.headers = [...draft.headers.filter(([known]) => known.toLowerCase() !== name.toLowerCase()), [name, value]]
}

/** An array is a parameter that is repeated. Members of an object are parameters with names of their own. */
function partsOf({ name, schema }: Parameter, generator: ValueGenerator): [string, string][] {
  const value = generator.generate(schema, name)
  if (Array.isArray(value)) return value.map((one): [string, string] => [name, String(one)])
  return Object.entries(value as object).map(([key, one]) => [key, String(one)])
}

interface Sources {
  random: Random
  world: World
  generator: ValueGenerator
}

function parameterValue({ name, in: place, schema }: Parameter, template: string, sources: Sources): string {
  const { random, world, generator } = sources
  if (place === 'path' && schema.type === 'string' && random.chance(0.85)) {
    const known = world.pick(template.slice(0, template.indexOf('/{')), random)
    if (known !== undefined) return known
  }
  if (name === 'cursor' && random.chance(0.7)) return world.cursor(random) ?? 'none'
  if (name === 'if-match' && random.chance(0.7)) return world.version(random) ?? '"1"'
  if (place === 'path' && schema.type === 'integer' && random.chance(0.8)) return String(random.int(0, 3))
  return String(generator.generate(schema, name))
}

function usualHeaders(random: Random): [string, string][] {
  const possible: [string, string][] = [
    ['proxy-authorization', `Bearer ${CLIENT_SECRET}`],
    ['cookie', `session=${CLIENT_SECRET}`],
    ['x-secret', CLIENT_SECRET],
    ['accept', '*/*'],
  ]
  return possible.filter(() => random.chance(0.4))
}

/** Values of headers cannot hold all that a string can. */
function asHeader([name, value]: [string, string]): [string, string] {
  return [name, value.replaceAll(/[^\u0020-\u007e]/g, '~')]
}

/** As encodeURIComponent, which throws for half surrogate pairs. */
export function encode(text: string): string {
  return encodeURIComponent(text.toWellFormed())
}

/** The bytes of a request. */
export function bytesOf({ method, path, query, headers, body, isChunked }: Draft): Buffer {
  const search = query.map(([name, value]) => `${encode(name)}=${encode(value)}`).join('&')
  const lines = headers.map(([name, value]) => `${name}: ${value}`)
  const line = `${method} ${path}${search === '' ? '' : `?${search}`} HTTP/1.1`
  const length = body === undefined ? [] : [isChunked ? 'Transfer-Encoding: chunked' : `Content-Length: ${body.length}`]
  const head = Buffer.from([line, ...lines, ...length, '', ''].join('\r\n'), 'latin1')
  if (body === undefined) return head
  return Buffer.concat([head, isChunked ? chunked(body) : body])
}

/** A body in chunks of growing size. */
export function chunked(body: Buffer): Buffer {
  const pieces: Buffer[] = []
  for (let at = 0, size = 7; at < body.length; at += size, size *= 3) {
    const piece = body.subarray(at, at + size)
    pieces.push(Buffer.from(`${piece.length.toString(16)}\r\n`), piece, Buffer.from('\r\n'))
  }
  return Buffer.concat([...pieces, Buffer.from('0\r\n\r\n')])
}
