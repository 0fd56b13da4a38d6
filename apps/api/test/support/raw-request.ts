import { connect } from 'node:net'

/** An answer as it came over the connection. */
export interface RawAnswer {
  status: number
  headers: Record<string, string>
  body: string
}

/** More to send, once something has been received. */
export interface Continuation {
  next: string
  after: string
}

/** A server that sends nothing for this long will send nothing any more. */
const SILENT_MS = 3000

/** Sends bytes over a connection of their own, and returns all that the server sends until it closes or falls silent. */
export async function sendRaw(baseUrl: string, bytes: string, more?: Continuation): Promise<string> {
  const { hostname, port } = new URL(baseUrl)
  const socket = connect(Number(port), hostname).setEncoding('utf8')
  let received = ''
  let rest = more
  socket
    .on('error', () => {})
    .on('data', (text: string) => {
      received += text
      if (rest === undefined || !received.includes(rest.after)) return
      socket.write(rest.next, 'latin1')
      rest = undefined
    })
  socket.setTimeout(SILENT_MS, () => socket.destroy())
  socket.write(bytes, 'latin1')
  await new Promise((resolve) => socket.once('close', resolve))
  return received
}

/** Sends one request with exactly these headers, and returns its answer. */
export async function request(
  baseUrl: string,
  line: string,
  headers: readonly string[],
  body = '',
): Promise<RawAnswer> {
  const head = [`${line} HTTP/1.1`, ...headers, 'Connection: close'].join('\r\n')
  return parseAnswer(await sendRaw(baseUrl, `${head}\r\n\r\n${body}`))
}

/** The first answer in what a server sent. Its body may be chunked. */
export function parseAnswer(text: string): RawAnswer {
  const [head = '', ...rest] = text.split('\r\n\r\n')
  const [statusLine = '', ...lines] = head.split('\r\n')
  const headers = Object.fromEntries(
    lines.map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 1).trim()]),
  )
  return { status: Number(statusLine.split(' ')[1]), headers, body: rest.join('\r\n\r\n') }
}
