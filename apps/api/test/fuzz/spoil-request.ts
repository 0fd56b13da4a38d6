import { gzipSync, zstdCompressSync } from 'node:zlib'
import type { Random } from '../../../../packages/engine/test/support/random.ts'
import { type Draft, encode, setBody, setHeader } from './draft.ts'
import { HOSTILE_TEXTS } from './hostile.ts'
import { bodySpoilers } from './spoil-body.ts'
import type { World } from './world.ts'

/** Changes a draft in one way. */
export type RequestSpoiler = (draft: Draft, random: Random, world: World) => void

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'QUERY', 'TRACE', 'PROPFIND', 'PURGE']

const MEDIA_TYPES = [
  '',
  'text/plain',
  'application/x-www-form-urlencoded',
  'multipart/form-data; boundary=x',
  'application/json; charset=utf-16',
  'application/json; charset=utf-8',
  'APPLICATION/JSON',
  'application/json, text/plain',
  'application/x-ndjson',
  'application/merge-patch+json',
  'application/json;;=',
  'json',
  '*/*',
  'a'.repeat(3000),
]

const CODINGS = ['gzip', 'deflate', 'br', 'zstd', 'identity', 'gzip, gzip', '', 'x-unknown']

const HEADERS: readonly (readonly [string, string])[] = [
  ['host', 'evil.example'],
  ['host', ''],
  ['host', 'localhost:99999'],
  ['host', '[::1]'],
  ['host', '127.0.0.1.evil.example'],
  ['origin', 'http://evil.example'],
  ['origin', 'null'],
  ['sec-fetch-site', 'cross-site'],
  ['idempotency-key', ''],
  ['idempotency-key', 'k'.repeat(256)],
  ['idempotency-key', 'same'],
  ['idempotency-key', '\u00e9\u00ff'],
  ['x-request-id', 'forged'],
  ['x-forwarded-for', '10.0.0.1'],
  ['x-http-method-override', 'DELETE'],
  ['forwarded', 'for="_x";proto=https'],
  ['range', 'bytes=0-0,2-'],
  ['if-none-match', '*'],
  ['if-match', '"x"'],
  ['last-event-id', '1'],
  ['accept', 'application/xml;q=0.000'],
  ['accept-encoding', 'gzip;q=0, *;q=0'],
  ['accept-encoding', 'gzip'],
  ['accept-encoding', 'br;q=1.0, zstd;q=0.001'],
  ['accept', 'text/event-stream'],
  ['expect', '100-continue'],
  ['expect', 'something'],
  ['connection', 'keep-alive, x-fuzz'],
  ['upgrade', 'websocket'],
  ['te', 'trailers, deflate'],
  ['trailer', 'host'],
  ['__proto__', 'polluted'],
  ['constructor', 'polluted'],
  ['x-large', 'x'.repeat(12_000)],
  ['x-too-large', 'x'.repeat(20_000)],
  ['x-latin', '\u00ff\u0080'],
  ['x-tab', 'a\tb'],
]

/** Ways to change a request as a whole. Those of bodies leave requests without one as they are. */
export const requestSpoilers: Readonly<Record<string, RequestSpoiler>> = {
  ...Object.fromEntries(Object.keys(bodySpoilers).map((name) => [name, spoilBody(name)])),
  path: spoilPath,
  parameter: spoilParameter,
  query: spoilQuery,
  cursor: (draft, random, world) =>
    void draft.query.push(['cursor', spoilText(world.cursor(random) ?? 'none', random)]),
  header: (draft, random) => setHeader(draft, ...(random.pick(HEADERS) as [string, string])),
  repeatedHeader: (draft, random) => {
    const [name, value] = random.pick(HEADERS)
    draft.headers.push([name, value], [name, random.pick(HEADERS)[1]])
  },
  mediaType: (draft, random) => setHeader(draft, 'content-type', random.pick(MEDIA_TYPES)),
  coding: (draft, random) => setHeader(draft, 'content-encoding', random.pick(CODINGS)),
  method: (draft, random) => void (draft.method = random.pick(METHODS)),
  unexpectedBody: (draft, random) => setBody(draft, 'application/json', random.pick(['{}', '[]', 'null', '{', ''])),
  ndjson: spoilLines,
  compressed: spoilCompressed,
  large: makeLarge,
}

function spoilBody(name: string): RequestSpoiler {
  return (draft, random) => {
    if (draft.body === undefined) return
    const [first = '', ...rest] = draft.body.toString().split('\n')
    const spoiled = Buffer.from(bodySpoilers[name]?.(first, random) as string)
    draft.body = Buffer.concat([spoiled, ...rest.map((line) => Buffer.from(`\n${line}`))])
  }
}

/** Paths as they are sent: hostile ones too must be a single word of the request line. */
function spoilPath(draft: Draft, random: Random): void {
  const { path } = draft
  const at = random.int(1, path.length)
  const hostile = random.pick([
    '/',
    '//',
    '/.',
    '/..',
    '%2f',
    '%',
    '%ff',
    '%00',
    ';',
    '#',
    '*',
    '\\',
    '\u00e9',
    'A',
    '~',
  ])
  draft.path = random.pick([
    path + hostile,
    path.slice(0, at) + hostile + path.slice(at),
    path.slice(0, at),
    path.toUpperCase(),
    path.replaceAll('/', '//'),
    `/docs${random.pick(['', '/', '/json', '/static/..%2f', '/static/index.css', '/x'])}`,
    `/${encode(random.pick(HOSTILE_TEXTS))}`,
  ])
}

function spoilParameter(draft: Draft, random: Random): void {
  const parameters = draft.operation.parameters.filter((parameter) => parameter.in === 'path')
  if (parameters.length === 0) return spoilQuery(draft, random)
  const { name } = random.pick(parameters)
  const parts = draft.operation.template.split('/')
  draft.path = draft.path
    .split('/')
    .map((part, i) => (parts[i] === `{${name}}` ? encode(random.pick(HOSTILE_TEXTS)) : part))
    .join('/')
}

function spoilQuery(draft: Draft, random: Random): void {
  const known = draft.operation.parameters.filter((parameter) => parameter.in === 'query').map(({ name }) => name)
  const name = known.length > 0 ? random.pick(known) : 'pageSize'
  const hostile = random.pick(HOSTILE_TEXTS)
  const additions: [string, string][][] = [
    [[name, hostile]],
    [
      [name, '1'],
      [name, '2'],
    ],
    [[`${name}[]`, '1']],
    [[`${name}[a]`, hostile]],
    [['__proto__[polluted]', '1']],
    [[hostile, hostile]],
    Array.from({ length: 300 }, (_, i): [string, string] => [`p${i}`, '1']),
  ]
  draft.query.push(...random.pick(additions))
}

function spoilText(text: string, random: Random): string {
  const at = random.int(0, text.length)
  return (
    text.slice(0, at) + random.pick(['', 'A', '=', '.', ':', '0', ' ', '\u0000']) + text.slice(at + random.int(0, 2))
  )
}

/** Lines as uploads have them, and as they must not have them. */
function spoilLines(draft: Draft, random: Random): void {
  const lines = [
    '{"payload":1}',
    '{"payload":null,"key":"k"}',
    '',
    ' ',
    '\r',
    '{"payload":1}\r',
    '{}',
    '[]',
    'x',
    '\u0000',
  ]
  const hostile = [`{"payload":${JSON.stringify(random.pick(HOSTILE_TEXTS))}}`, `{"payload":${'['.repeat(5000)}`]
  const chosen = Array.from({ length: random.int(0, 8) }, () => random.pick([...lines, lines[0] ?? '', ...hostile]))
  setBody(draft, 'application/x-ndjson', chosen.join('\n') + random.pick(['', '\n', '\r\n', '\xff']))
}

/** Compressed lines, whole or damaged. */
function spoilCompressed(draft: Draft, random: Random): void {
  spoilLines(draft, random)
  const [coding, compress] = random.pick([
    ['gzip', gzipSync],
    ['zstd', zstdCompressSync],
  ] as const)
  const body = compress(random.chance(0.1) ? Buffer.alloc(20_000_000, '\n') : (draft.body ?? ''))
  const at = random.int(0, body.length - 1)
  if (random.chance(0.3)) body[at] = random.int(0, 255)
  const end = random.chance(0.3) ? at : body.length
  setBody(
    draft,
    'application/x-ndjson',
    Buffer.concat([body.subarray(0, end), Buffer.from(random.pick(['', '', 'x']))]),
  )
  setHeader(draft, 'content-encoding', coding)
}

/** Bodies about as large as the API accepts. */
function makeLarge(draft: Draft, random: Random): void {
  const size = random.pick([16_385, 131_072, 131_073, 262_144, 262_200, 1_048_576, 1_048_577])
  const text = random.chance(0.5) ? `"${'x'.repeat(size - 2)}"` : `[${'1,'.repeat(size / 2 - 2)}1]`
  const body = random.pick([
    text,
    `[{"payload":${text}}]`,
    `{"tasks":[{"payload":${text}}]}`,
    `{"metadata":{"a":${text}}}`,
  ])
  setBody(draft, random.pick(['application/json', 'application/x-ndjson']), body)
}
