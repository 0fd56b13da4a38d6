import { createServer, request as callServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { ANONYMOUS_API, freePort, redisTest, type RunningProcess, startProcess } from '@sluice/testing'
import { Sluice } from '../../src/index.ts'

const entryOf = (app: string) => new URL(`../../../../apps/${app}/src/main.ts`, import.meta.url)

/** An API process that can be killed and started again at its address. */
class ApiProcess {
  readonly url: string
  readonly #env: Record<string, string>
  #running: RunningProcess | undefined

  constructor(port: number, env: Record<string, string>) {
    this.url = `http://127.0.0.1:${port}`
    this.#env = { ...ANONYMOUS_API, SLUICE_PORT: String(port), ...env }
  }

  async start(): Promise<void> {
    this.#running = await startProcess({ entry: entryOf('api'), env: this.#env, ready: `${this.url}/readyz` })
  }

  async kill(): Promise<void> {
    await this.#running?.kill()
  }
}

/** A proxy before the API. `cut` decides for each request, by its number, whether its answer is lost, and when. */
export async function startProxy(target: string, cut: (nth: number) => 'no' | 'before_answer' | number) {
  let count = 0
  const server = createServer((incoming, outgoing) => {
    const fate = cut((count += 1))
    const call = callServer(
      target + incoming.url,
      { method: incoming.method, headers: incoming.headers },
      (response) => {
        if (fate === 'before_answer') return void incoming.socket.destroy()
        outgoing.writeHead(response.statusCode ?? 500, response.headers)
        let left = typeof fate === 'number' ? fate : Infinity
        response.on('data', (bytes: Buffer) => {
          if (left === 0) return
          outgoing.write(bytes.subarray(0, left), () => {
            if (left === 0) incoming.socket.destroy()
          })
          left -= Math.min(left, bytes.length)
        })
        response.on('end', () => outgoing.end())
        response.on('error', () => outgoing.destroy())
      },
    )
    call.on('error', () => outgoing.destroy())
    incoming.pipe(call)
  })
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  const close = () => {
    server.closeAllConnections()
    server.close()
  }
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, close }
}

/** A test with a client of a real API. */
export const clientTest = redisTest
  .extend('env', ({ redisServer, prefix }) => ({ SLUICE_REDIS_URL: redisServer.url, SLUICE_KEY_PREFIX: prefix }))
  .extend('api', async ({ env, onTestFinished }) => {
    const api = new ApiProcess(await freePort(), env)
    onTestFinished(() => api.kill())
    await api.start()
    return api
  })
  .extend('sluice', ({ api }) => new Sluice({ url: api.url }))
  .extend('startWorker', ({ env, onTestFinished }) => async () => {
    const port = String(await freePort())
    const own = { SLUICE_METRICS_PORT: port, SLUICE_HTTP_ALLOW_HOSTS: '127.0.0.1' }
    const running = await startProcess({
      entry: entryOf('worker'),
      env: { ...env, ...own },
      ready: `http://127.0.0.1:${port}/readyz`,
    })
    onTestFinished(async () => void (await running.kill()))
  })
  .extend('upstream', async ({ onTestFinished }) => {
    const server = createServer((request, response) => {
      const [, name, delayMs = '0'] = request.url?.split('/') ?? []
      setTimeout(() => response.writeHead(name === 'fail' ? 400 : 200).end(name), Number(delayMs))
    })
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve)
    })
    onTestFinished(() => {
      server.closeAllConnections()
      server.close()
    })
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  })
  .extend('proxyTo', ({ onTestFinished }) => async (target: string, cut: Parameters<typeof startProxy>[1]) => {
    const { url, close } = await startProxy(target, cut)
    onTestFinished(close)
    return url
  })
