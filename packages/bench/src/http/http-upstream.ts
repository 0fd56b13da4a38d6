import { createServer, type Socket } from 'node:net'
import { argv } from 'node:process'

/*
 * An upstream in its own process that answers every GET with the same small JSON document: after as many ms as the path
 * says, `/0` at once. It writes a prepared response and understands no more of HTTP than it needs for that, because an
 * upstream that took as much processor time as its clients would be what the benchmark measures.
 */

const BODY = JSON.stringify({
  id: 'cmpl-1',
  model: 'bench',
  choices: [{ text: 'x'.repeat(100) }],
  usage: { tokens: 42 },
})
const HEAD = ['HTTP/1.1 200 OK', 'Content-Type: application/json', `Content-Length: ${BODY.length}`]
const ANSWER = Buffer.from(`${HEAD.join('\r\n')}\r\n\r\n${BODY}`)
const END_OF_REQUEST = '\r\n\r\n'

function serve(socket: Socket): void {
  let received = ''
  socket.setNoDelay(true).on('error', () => {})
  socket.on('data', (chunk) => {
    received += chunk.toString('latin1')
    for (let end = received.indexOf(END_OF_REQUEST); end !== -1; end = received.indexOf(END_OF_REQUEST)) {
      answer(socket, received.slice(0, end))
      received = received.slice(end + END_OF_REQUEST.length)
    }
  })
}

function answer(socket: Socket, head: string): void {
  const takesMs = Number(/^GET \/(\d+) /.exec(head)?.[1])
  if (takesMs === 0) socket.write(ANSWER)
  else setTimeout(() => socket.write(ANSWER), takesMs)
}

createServer(serve).listen(Number(argv[2]), '127.0.0.1', () => console.log('the upstream is ready'))
