import { createServer } from 'node:http'
import { argv } from 'node:process'
import { Agent, request, setGlobalDispatcher } from 'undici'

/*
 * What one writes by hand instead of submitting a batch, in its own process: as many loops as there are slots, each of
 * which makes one call after another. `GET /?url=…&calls=…&slots=…` responds once all calls have been made.
 */

interface Answer {
  status: number
  body: unknown
}

/** One connection for each loop. */
function useConnections(count: number): void {
  setGlobalDispatcher(new Agent({ connections: count }))
}

async function makeCalls(url: string, calls: number, slots: number): Promise<Answer[]> {
  const answers: Answer[] = []
  let left = calls
  const loop = async () => {
    while (left > 0) {
      left -= 1
      const { statusCode, body } = await request(url)
      if (statusCode !== 200) throw new Error(`The upstream returned ${statusCode}.`)
      answers.push({ status: statusCode, body: await body.json() })
    }
  }
  await Promise.all(Array.from({ length: slots }, loop))
  return answers
}

const [, , port, slots] = argv
useConnections(Number(slots))
createServer((control, response) => {
  const { searchParams } = new URL(control.url ?? '', 'http://localhost')
  const [url, calls] = [searchParams.get('url') ?? '', Number(searchParams.get('calls'))]
  void makeCalls(url, calls, Number(slots)).then(({ length }) => response.end(String(length)))
}).listen(Number(port), '127.0.0.1', () => console.log('the loop is ready'))
