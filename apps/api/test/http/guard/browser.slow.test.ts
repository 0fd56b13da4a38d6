import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { type AddressInfo, connect, createServer as createTcpServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { FastifyInstance } from 'fastify'
import { describe, expect, type TestContext } from 'vitest'
import { apiTest } from '../../support/api-test.ts'
import { createBatch } from '../../support/requests.ts'

type OnTestFinished = TestContext['onTestFinished']

/** The browser of this machine, if it has one. */
const browser = ['chromium', 'google-chrome', 'chromium-browser'].find((name) => {
  try {
    execFileSync(name, ['--version'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
})

/** Opens a page in a browser in which every name of `.example` is this machine. */
async function openPage(url: string, onTestFinished: OnTestFinished): Promise<void> {
  const profile = await mkdtemp(join(tmpdir(), 'sluice-browser-'))
  const args = ['--headless', '--no-sandbox', '--disable-gpu', '--no-first-run', `--user-data-dir=${profile}`]
  const rules = '--host-resolver-rules=MAP *.example 127.0.0.1'
  const child = spawn(browser ?? '', [...args, rules, '--remote-debugging-port=0', url], { stdio: 'ignore' })
  onTestFinished(async () => {
    child.kill('SIGKILL')
    if (child.exitCode === null) await once(child, 'exit')
    await rm(profile, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 })
  })
}

/** A site that serves one page, whose script calls `/done` at the end. */
async function startSite(script: string, onTestFinished: OnTestFinished) {
  const seen: string[] = []
  const server = createServer(({ url = '' }: IncomingMessage, response: ServerResponse) => {
    seen.push(url)
    response.setHeader('content-type', 'text/html')
    response.end(url === '/' ? `<!doctype html><body><script type="module">${script}</script>` : '')
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => server.close().closeAllConnections())
  return { port: (server.address() as AddressInfo).port, seen }
}

/** Notes the status of each request that reaches the API. */
function noteAnswers(app: FastifyInstance): string[] {
  const noted: string[] = []
  app.addHook(
    'onResponse',
    async ({ method, url }, { statusCode }) => void noted.push(`${method} ${url} ${statusCode}`),
  )
  return noted
}

describe.skipIf(browser === undefined)('a web page in a real browser', () => {
  apiTest('of another site can neither change nor read anything', async ({ app, onTestFinished }) => {
    const answers = noteAnswers(app)
    const baseUrl = await app.listen({ host: '127.0.0.1', port: 0 })
    const { id } = await createBatch(app, { code: 'invoices' })
    answers.length = 0
    const { port } = new URL(baseUrl)
    const site = await startSite(ATTACK.replaceAll('PORT', port), onTestFinished)

    await openPage(`http://evil.example:${site.port}/`, onTestFinished)
    await expect.poll(() => site.seen, { timeout: 60_000 }).toContain('/done?read=0')

    expect(answers.length).toBeGreaterThan(8)
    expect(answers.filter((answer) => !answer.endsWith(' 403'))).toEqual([])
    expect((await app.inject({ url: `/v1/batches/${id}` })).json()).toMatchObject({ state: 'active', sealed: false })
    expect((await app.inject({ url: '/v1/batches' })).json()).toMatchObject({ batches: { length: 1 } })
  })

  apiTest('whose name is made to point to the API can do nothing either', async ({ app, onTestFinished }) => {
    const answers = noteAnswers(app)
    const baseUrl = await app.listen({ host: '127.0.0.1', port: 0 })
    const site = await startSite(REBINDING, onTestFinished)
    const front = await startRebinding([site.port, Number(new URL(baseUrl).port)], onTestFinished)
    const isRebound = () => site.seen.includes('/rebind')
    front.choose(() => (isRebound() ? 1 : 0))

    await openPage(`http://evil.example:${front.port}/`, onTestFinished)
    await expect.poll(() => answers, { timeout: 60_000 }).toContainEqual(expect.stringContaining('/done'))

    expect(answers.filter((answer) => !answer.endsWith(' 421'))).toEqual([])
    expect((await app.inject({ url: '/v1/batches' })).json()).toMatchObject({ batches: [] })
  })

  apiTest('of the API itself works', async ({ app, onTestFinished }) => {
    const answers = noteAnswers(app)
    const baseUrl = await app.listen({ host: '127.0.0.1', port: 0 })

    await openPage(`${baseUrl}/docs`, onTestFinished)

    await expect.poll(() => answers, { timeout: 60_000 }).toContain('GET /docs/json 200')
    expect(answers.filter((answer) => /(403|421)$/.test(answer))).toEqual([])
  })
})

/** Every way in which a page can make a request without being allowed to. */
const ATTACK = `
let read = 0
for (const api of ['http://localhost:PORT', 'http://127.0.0.1:PORT']) {
  for (const verb of ['interrupt', 'seal', 'cancel']) {
    await fetch(api + '/v1/batches/code:invoices/' + verb, { method: 'POST', mode: 'no-cors' }).catch(() => {})
    navigator.sendBeacon(api + '/v1/batches/code:invoices/' + verb)
    const form = Object.assign(document.createElement('form'), { method: 'post', action: api + '/v1/batches/code:invoices/' + verb })
    document.body.append(form, Object.assign(document.createElement('iframe'), { name: verb }))
    form.target = verb
    form.submit()
  }
  const json = { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{}' }
  for (const init of [{}, json, { ...json, method: 'PUT' }, { ...json, credentials: 'include' }]) {
    await fetch(api + '/v1/batches', init).then(() => (read += 1)).catch(() => {})
  }
  await new Promise((resolve) => document.body.append(Object.assign(new Image(), { onerror: resolve, onload: resolve, src: api + '/v1/queues' })))
}
await new Promise((resolve) => setTimeout(resolve, 1000))
await fetch('/done?read=' + read)
`

/** Tells the server in front that the name should point to the API now, and then calls it as its own. */
const REBINDING = `
await fetch('/rebind')
const json = { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{}' }
for (let i = 0; i < 5; i += 1) await fetch('/v1/batches', json).catch(() => {})
await fetch('/v1/batches')
await fetch('/done')
`

/** A port behind which first one server is, then another, as behind a name that is rebound. */
async function startRebinding(targets: readonly number[], onTestFinished: OnTestFinished) {
  let choose = () => 0
  const sockets = new Set<Socket>()
  const server = createTcpServer((near) => {
    // Each request gets a connection of its own, as after the browser has looked the name up again.
    near.once('data', (bytes) => {
      const far = connect(targets[choose()] ?? 0, '127.0.0.1')
      far.write(bytes.toString('latin1').replace(/connection: keep-alive/i, 'Connection: close'), 'latin1')
      near.pipe(far).pipe(near)
      for (const socket of [near, far]) sockets.add(socket.on('error', () => {}))
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.close()
    for (const socket of sockets) socket.destroy()
  })
  const { port } = server.address() as AddressInfo
  return { port, choose: (next: () => number) => (choose = next) }
}
