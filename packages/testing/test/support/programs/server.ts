/** Listens on EXAMPLE_PORT, answers 503 for a moment and then 200, and takes its time to stop. */
import { createServer } from 'node:http'

const startedAt = performance.now()
const server = createServer((_, response) => {
  response.writeHead(performance.now() - startedAt < 100 ? 503 : 200).end()
})

server.listen(Number(process.env['EXAMPLE_PORT']), '127.0.0.1', () => {
  console.log(`ready with ${process.argv.slice(2).join(' ')}`)
  console.log(`environment ${Object.keys(process.env).join(' ')}`)
})

process.once('SIGTERM', () => {
  console.error('stopping')
  setTimeout(() => process.exit(3), 50)
})
// Ignored, so that only SIGKILL helps.
process.on('SIGINT', () => console.error('not now'))
