import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { ANONYMOUS_API } from './anonymous-api.ts'
import { freePort } from './free-port.ts'
import { redisTest } from './redis-test.ts'
import type { RunningProcess } from './running-process.ts'
import { startProcess } from './start-process.ts'

const entryOf = (app: string) => new URL(`../../../apps/${app}/src/main.ts`, import.meta.url)

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

/** A test with processes of an installation: an API, workers on demand, and an upstream, which fails calls of `/fail`. */
export const installationTest = redisTest
  .extend('env', ({ redisServer, prefix }) => ({ SLUICE_REDIS_URL: redisServer.url, SLUICE_KEY_PREFIX: prefix }))
  .extend('api', async ({ env, onTestFinished }) => {
    const api = new ApiProcess(await freePort(), env)
    onTestFinished(() => api.kill())
    await api.start()
    return api
  })
  .extend('startWorker', ({ env, onTestFinished }) => async (more: Readonly<Record<string, string>> = {}) => {
    const port = String(await freePort())
    const own = { SLUICE_METRICS_PORT: port, SLUICE_HTTP_ALLOW_HOSTS: '127.0.0.1' }
    const running = await startProcess({
      entry: entryOf('worker'),
      env: { ...env, ...own, ...more },
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
