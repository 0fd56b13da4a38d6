import { connect, type Socket } from 'node:net'

const END_OF_HEADERS = '\r\n\r\n'

/** A request as bytes, so that the client takes as little of the machine as it can. */
export function requestBytes(line: string, headers: Readonly<Record<string, string>>, body = ''): Buffer {
  const own = { host: 'localhost', ...headers, ...(body !== '' && { 'content-type': 'application/json' }) }
  const lines = Object.entries(own).map(([name, value]) => `${name}: ${value}`)
  const length = line.startsWith('GET') ? [] : [`content-length: ${Buffer.byteLength(body)}`]
  return Buffer.from([`${line} HTTP/1.1`, ...lines, ...length, '', body].join('\r\n'))
}

/**
 * Sends a request over and over on several connections, the next one on each as soon as it has its answer. Throws if an
 * answer has another status than `status`.
 */
export async function saturate(
  port: number,
  request: Buffer,
  { status, requests, connections = 16 }: { status: number; requests: number; connections?: number },
): Promise<void> {
  let left = requests
  const lanes = Array.from({ length: connections }, async () => {
    const socket = connect(port, '127.0.0.1').setNoDelay(true)
    for (; left > 0; left -= 1) await exchange(socket, request, status)
    socket.destroy()
  })
  await Promise.all(lanes)
}

function exchange(socket: Socket, request: Buffer, status: number): Promise<void> {
  return new Promise((resolve, reject) => {
    let text = ''
    const onError = (error: Error) => reject(error)
    const onData = (chunk: Buffer) => {
      text += chunk.toString('latin1')
      const end = text.indexOf(END_OF_HEADERS)
      if (end === -1 || text.length < end + END_OF_HEADERS.length + lengthIn(text)) return
      socket.off('data', onData).off('error', onError)
      if (text.startsWith(`HTTP/1.1 ${status} `)) resolve()
      else reject(new Error(`The API answered ${text}`))
    }
    socket.on('data', onData).on('error', onError).write(request)
  })
}

function lengthIn(text: string): number {
  return Number(/\r\ncontent-length: (\d+)/i.exec(text)?.[1] ?? 0)
}
