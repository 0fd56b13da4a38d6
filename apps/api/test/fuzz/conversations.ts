import type { Random } from '../../../../packages/engine/test/support/random.ts'
import type { Piece } from './connection.ts'
import { chunked, CLIENT_SECRET } from './draft.ts'

/** What a client sends over one connection, by the byte, and how many answers it must get. */
export interface Conversation {
  kind: string
  pieces: readonly Piece[]
  /** The fewest and the most answers. */
  answers: readonly [number, number]
  /** Whether the client then ends its half of the connection. */
  finishes?: boolean
}

const HOST = 'Host: localhost\r\n'
const JSON_TYPE = 'Content-Type: application/json\r\n'
const READ = `GET /healthz HTTP/1.1\r\n${HOST}\r\n`
const CREATE = `POST /v1/batches HTTP/1.1\r\n${HOST}${JSON_TYPE}`
const CHUNKED = 'Transfer-Encoding: chunked\r\n'
/** If it is ever answered as a request of its own, one answer too many arrives. */
const SMUGGLED = `GET /v1/queues HTTP/1.1\r\n${HOST}\r\n`

const REQUEST_LINES = [
  'GET',
  'GET /healthz',
  'GET  /healthz HTTP/1.1',
  ' GET /healthz HTTP/1.1',
  'GET /healthz HTTP/1.1 x',
  'GET /healthz HTTP/3.0',
  'GET /healthz HTTP/0.9',
  'GET /healthz http/1.1',
  'get /healthz HTTP/1.1',
  'FUZZ /healthz HTTP/1.1',
  'G\u0000ET /healthz HTTP/1.1',
  'GET /health z HTTP/1.1',
  'GET /healthz\tHTTP/1.1',
  'GET /\u0000 HTTP/1.1',
  'GET \u00ff HTTP/1.1',
  'GET * HTTP/1.1',
  'OPTIONS * HTTP/1.1',
  'GET http://localhost/healthz HTTP/1.1',
  'GET http://evil.example/healthz HTTP/1.1',
  'GET //evil.example/healthz HTTP/1.1',
  'CONNECT localhost:80 HTTP/1.1',
  'PRI * HTTP/2.0',
  `GET /${'a'.repeat(20_000)} HTTP/1.1`,
]

const HEADER_LINES = [
  'x-fuzz',
  ': x',
  'x fuzz: 1',
  'x-fuzz : 1',
  ' x-fuzz: 1',
  'x-fuzz: 1\r\n folded',
  'x-fuzz: a\u0000b',
  'x-fuzz: a\rb',
  'x-\u00ff: 1',
  'Host: localhost',
  'Host: evil.example',
  `x-fuzz: ${'a'.repeat(17_000)}`,
  Array.from({ length: 3000 }, (_, i) => `a${i}: 1`).join('\r\n'),
  'Upgrade: websocket\r\nConnection: upgrade',
  'Upgrade: h2c\r\nConnection: Upgrade, HTTP2-Settings\r\nHTTP2-Settings: AAMAAABkAAQAAP__',
  'Connection: close, keep-alive',
  'Expect: 200-ok',
]

const LENGTHS = [
  '-1',
  '+2',
  '0x2',
  '2, 2',
  '2,3',
  '1e1',
  '2 2',
  '',
  ' ',
  '99999999999999999999',
  '18446744073709551618',
  '\u0662',
]

const CODINGS = [
  'xchunked',
  'chunked, identity',
  'identity',
  'gzip, chunked',
  'chunked, chunked',
  'CHUNKED',
  '\u000bchunked',
  '"chunked"',
  'chunked;x=1',
  'nul\u0000chunked',
  ' chunked',
]

const CHUNKS = [
  'x\r\n{}\r\n0\r\n\r\n',
  '-2\r\n{}\r\n0\r\n\r\n',
  '+2\r\n{}\r\n0\r\n\r\n',
  '0x2\r\n{}\r\n0\r\n\r\n',
  '2 \r\n{}\r\n0\r\n\r\n',
  '\r\n{}\r\n0\r\n\r\n',
  'ffffffffffffffff1\r\n{}\r\n0\r\n\r\n',
  '2\n{}\n0\n\n',
  '2\r\n{}0\r\n\r\n',
  '2\r\n{}xx0\r\n\r\n',
  '3\r\n{}\r\n0\r\n\r\n',
  `2;${'x'.repeat(20_000)}\r\n{}\r\n0\r\n\r\n`,
  '2;a=b\r\n{}\r\n0\r\n\r\n',
  '2\r\n{}\r\n0\r\nHost: evil.example\r\n\r\n',
  '2\r\n{}\r\n0\r\nx fuzz\r\n\r\n',
  `2\r\n{}\r\n0\r\n${'a: 1\r\n'.repeat(5000)}\r\n`,
]

type Form = (random: Random) => Omit<Conversation, 'kind'>

/** Each kind sends something that no HTTP client would, or that only few send. */
const FORMS: Readonly<Record<string, Form>> = {
  requestLine: (random) => ({
    pieces: once(`${random.pick(REQUEST_LINES)}\r\n${HOST}\r\n`),
    answers: [0, 1],
    finishes: true,
  }),
  headerLine: (random) => ({
    pieces: once(`GET /healthz HTTP/1.1\r\n${HOST}${random.pick(HEADER_LINES)}\r\n\r\n`),
    answers: [1, 1],
  }),
  noHost: () => ({ pieces: once('GET /healthz HTTP/1.1\r\n\r\n'), answers: [1, 1] }),
  oldVersion: () => ({ pieces: once(`GET /healthz HTTP/1.0\r\n${HOST}\r\n`), answers: [1, 1] }),
  bareLineFeeds: () => ({ pieces: once(READ.replaceAll('\r', '')), answers: [0, 1], finishes: true }),
  emptyLinesFirst: () => ({ pieces: once(`\r\n\r\n${READ}`), answers: [1, 1] }),
  randomBytes: (random) => ({
    pieces: [{ bytes: Buffer.from(Array.from({ length: random.int(1, 400) }, () => random.int(0, 255))) }],
    answers: [0, 1],
    finishes: true,
  }),
  tlsHello: () => ({ pieces: once('\x16\x03\x01\x00\xa5\x01\x00\x00\xa1\x03\x03'), answers: [0, 1], finishes: true }),
  contentLength: (random) => ({
    pieces: once(`${CREATE}Content-Length: ${random.pick(LENGTHS)}\r\n\r\n{}`),
    answers: [0, 1],
    finishes: true,
  }),
  twoLengths: (random) => ({
    pieces: once(`${CREATE}Content-Length: 2\r\nContent-Length: ${random.pick(['2', '3', '0'])}\r\n\r\n{}`),
    answers: [1, 1],
  }),
  lengthAndChunks: (random) => ({
    pieces: once(`${CREATE}Content-Length: ${random.pick(['5', '2', '0'])}\r\n${CHUNKED}\r\n0\r\n\r\n${SMUGGLED}`),
    answers: [1, 1],
  }),
  coding: (random) => ({
    pieces: once(`${CREATE}Transfer-Encoding: ${random.pick(CODINGS)}\r\n\r\n0\r\n\r\n`),
    answers: [0, 1],
    finishes: true,
  }),
  chunk: (random) => ({
    pieces: once(`${CREATE}${CHUNKED}\r\n${random.pick(CHUNKS)}`),
    answers: [0, 1],
    finishes: true,
  }),
  chunkOfUnknownPath: (random) => ({
    pieces: once(`POST /none HTTP/1.1\r\n${HOST}${JSON_TYPE}${CHUNKED}\r\n${random.pick(CHUNKS)}`),
    answers: [0, 1],
    finishes: true,
  }),
  cutHead: (random) => ({
    pieces: once(READ.slice(0, random.int(1, READ.length - 2))),
    answers: [0, 1],
    finishes: true,
  }),
  cutBody: (random) => ({
    pieces: once(`${CREATE}Content-Length: ${random.int(3, 1000)}\r\n\r\n{`),
    answers: [0, 1],
    finishes: true,
  }),
  bodyWithoutEnd: () => ({ pieces: once(`${CREATE}Content-Length: 9\r\n\r\n{`), answers: [1, 1] }),
  uploadWithoutEnd: () => ({
    pieces: once(
      `POST /v1/batches/none/tasks HTTP/1.1\r\n${HOST}Content-Type: application/x-ndjson\r\n${CHUNKED}\r\n2\r\n{}\r\n`,
    ),
    answers: [1, 1],
  }),
  // The connection is closed at what is no request, also if the answer to the first one is still due.
  surplus: () => ({
    pieces: once(`${CREATE}Content-Length: 2\r\n\r\n{}surplus\r\n\r\n`),
    answers: [0, 2],
    finishes: true,
  }),
  byteByByte: (random) => ({
    pieces: Array.from(Buffer.from(sample(random)), (byte) => ({ bytes: Buffer.from([byte]), pauseMs: 1 })),
    answers: [1, 1],
  }),
  split: (random) => ({ pieces: split(sample(random), random), answers: [1, 1] }),
  // Node closes the connection of a client that ends its half before it is answered.
  halfClosed: (random) => ({ pieces: once(sample(random)), answers: [0, 1], finishes: true }),
  pipeline: (random) => pipelined(Array.from({ length: random.int(2, 9) }, () => sample(random))),
  pipelineInPieces: (random) => {
    const { pieces, answers } = pipelined(Array.from({ length: random.int(2, 5) }, () => sample(random)))
    return { pieces: split(Buffer.concat(pieces.map(({ bytes }) => bytes)).toString('latin1'), random), answers }
  },
  pipelineThenRubbish: (random) => ({
    pieces: once(`${sample(random)}${READ}rubbish\r\n\r\n`),
    answers: [0, 3],
    finishes: true,
  }),
  continue: () => ({
    pieces: [
      { bytes: Buffer.from(`${CREATE}Expect: 100-continue\r\nContent-Length: 2\r\n\r\n`), pauseMs: 20 },
      { bytes: Buffer.from('{}') },
    ],
    answers: [1, 1],
  }),
  expectThenBrokenChunks: () => ({
    pieces: once(`${CREATE}Expect: fuzz\r\n${CHUNKED}\r\nx\r\n`),
    answers: [0, 1],
    finishes: true,
  }),
  requestAsBody: (random) => ({
    pieces: once(
      `${random.pick(['POST /none', 'GET /healthz', 'DELETE /v1/queues/none', 'POST /v1/batches'])} HTTP/1.1\r\n${HOST}` +
        `Content-Type: ${random.pick(['application/json', 'text/plain', 'application/x-ndjson'])}\r\n` +
        `Content-Length: ${SMUGGLED.length}\r\n\r\n${SMUGGLED}`,
    ),
    answers: [1, 1],
  }),
}

/** The kinds of conversations. */
export const conversationKinds = Object.keys(FORMS)

/** Makes a conversation of a kind. */
export function createConversation(kind: string, random: Random): Conversation {
  const form = FORMS[kind]
  if (form === undefined) throw new Error(`There is no conversation ${kind}.`)
  return { kind, ...form(random) }
}

/** A whole request that gets one answer and leaves the connection open. */
function sample(random: Random): string {
  return random.pick([
    READ,
    `GET /v1/batches?pageSize=x HTTP/1.1\r\n${HOST}Proxy-Authorization: Bearer ${CLIENT_SECRET}\r\n\r\n`,
    `GET /none HTTP/1.1\r\n${HOST}\r\n`,
    `POST /v1/batches/none/cancel HTTP/1.1\r\n${HOST}\r\n`,
    `${CREATE}Content-Length: 2\r\n\r\n{}`,
    `${CREATE}Content-Length: 1\r\n\r\n{`,
    `${CREATE}${CHUNKED}\r\n${chunked(Buffer.from('{"code":""}')).toString()}`,
  ])
}

function pipelined(requests: readonly string[]): Omit<Conversation, 'kind'> {
  return { pieces: once(requests.join('')), answers: [requests.length, requests.length] }
}

function once(text: string): Piece[] {
  return [{ bytes: Buffer.from(text, 'latin1') }]
}

function split(text: string, random: Random): Piece[] {
  const pieces: Piece[] = []
  for (let at = 0; at < text.length;) {
    const end = at + random.int(1, 60)
    pieces.push({ bytes: Buffer.from(text.slice(at, end), 'latin1'), pauseMs: random.int(0, 5) })
    at = end
  }
  return pieces
}
