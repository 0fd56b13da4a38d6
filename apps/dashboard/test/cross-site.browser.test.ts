import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type BrowserContext, chromium, type Page } from 'playwright-core'
import { describe, expect } from 'vitest'
import { executable } from './support/chromium.ts'
import { dashboardTest } from './support/dashboard-test.ts'

/**
 * A browser in which every name of `.example` is this machine, with a session of an installation, and what becomes of its
 * requests for the API.
 */
const victimTest = dashboardTest
  .extend('context', async ({ onTestFinished }) => {
    const rules = '--host-resolver-rules=MAP *.example 127.0.0.1'
    const browser = await chromium.launch({
      executablePath: executable ?? '',
      args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', rules],
    })
    onTestFinished(() => browser.close())
    return await browser.newContext()
  })
  .extend('origin', async ({ onTestFinished }) => {
    const server = createServer((_request, response) => {
      response.setHeader('content-type', 'text/html')
      response.end('<!doctype html><body>')
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    onTestFinished(() => server.close().closeAllConnections())
    return (server.address() as AddressInfo).port
  })

/** Signs the browser in as an admin, by a page of the API. */
async function signIn(context: BrowserContext, api: string, key: string): Promise<Page> {
  const page = await context.newPage()
  await page.goto(`${api}/docs`)
  const status = await page.evaluate(async (apiKey) => {
    const headers = { 'content-type': 'application/json' }
    return (await fetch('/v1/session', { method: 'POST', headers, body: JSON.stringify({ apiKey }) })).status
  }, key)
  expect(status).toBe(201)
  return page
}

/** Counts the requests of a page for the API, and notes the status of each answer that the page may know of. */
function noteRequests(page: Page, api: string): { count: number; statuses: number[] } {
  const noted = { count: 0, statuses: [] as number[] }
  page.on('request', (request) => {
    if (request.url().startsWith(api)) noted.count += 1
  })
  page.on('response', (response) => {
    if (response.url().startsWith(api)) noted.statuses.push(response.status())
  })
  return noted
}

/**
 * A script with every way in which a page can make requests of another origin. Returns how many it made, and how many answers it
 * could read.
 */
const ATTACK = `async ({ api, id }) => {
  const outcomes = { attempts: 0, read: 0 }
  const target = api + '/v1/batches/' + id
  const tryOne = async (make) => {
    outcomes.attempts += 1
    if (await make().catch(() => false)) outcomes.read += 1
  }
  const load = (element, of) =>
    tryOne(
      async () =>
        await new Promise((resolve) => {
          element.addEventListener('error', () => resolve(false))
          element.addEventListener('load', () => resolve(element.tagName === 'IMG' || element.tagName === 'SCRIPT'))
          document.body.append(Object.assign(element, of))
          setTimeout(() => resolve(false), 3000)
        }),
    )
  const json = { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{}' }
  for (const credentials of ['include', 'omit']) {
    for (const verb of ['seal', 'interrupt', 'cancel']) {
      await tryOne(async () => (await fetch(target + '/' + verb, { method: 'POST', mode: 'no-cors', credentials })).type !== 'opaque')
      await tryOne(async () => (await fetch(target + '/' + verb, { method: 'POST', mode: 'no-cors', credentials, body: '{}' })).type !== 'opaque')
      await tryOne(async () => (await fetch(target + '/' + verb, { ...json, credentials })).ok)
    }
    for (const init of [{}, json, { ...json, method: 'PUT' }, { method: 'DELETE' }]) {
      await tryOne(async () => (await fetch(api + '/v1/session', { ...init, credentials })).status > 0)
    }
    await tryOne(async () => (await fetch(api + '/v1/batches', { credentials })).ok)
    await tryOne(async () => (await fetch(target + '/results', { credentials })).ok)
  }
  for (const enctype of ['application/x-www-form-urlencoded', 'multipart/form-data', 'text/plain']) {
    for (const verb of ['seal', 'interrupt', 'cancel']) {
      const name = verb + '-' + enctype
      const frame = Object.assign(document.createElement('iframe'), { name })
      const form = Object.assign(document.createElement('form'), { method: 'post', enctype, action: target + '/' + verb, target: name })
      form.append(Object.assign(document.createElement('input'), { name: '{"a":"', value: '"}' }))
      document.body.append(frame, form)
      outcomes.attempts += 1
      form.submit()
    }
  }
  for (const path of ['/v1/batches', '/v1/batches/' + id + '/results', '/v1/session', '/openapi.json']) {
    await load(document.createElement('img'), { src: api + path })
    await load(document.createElement('script'), { src: api + path })
    await load(document.createElement('link'), { rel: 'stylesheet', href: api + path })
    await load(document.createElement('iframe'), { src: api + path })
  }
  const events = async (withCredentials) =>
    await new Promise((resolve) => {
      const source = new EventSource(target + '/events', { withCredentials })
      source.addEventListener('error', () => resolve(false))
      for (const name of ['open', 'message', 'snapshot']) source.addEventListener(name, () => resolve(true))
    })
  await tryOne(() => events(true))
  await tryOne(() => events(false))
  await tryOne(
    async () =>
      await new Promise((resolve) => {
        const socket = new WebSocket(api.replace('http', 'ws') + '/v1/batches/' + id + '/events')
        socket.addEventListener('open', () => resolve(true))
        socket.addEventListener('error', () => resolve(false))
      }),
  )
  for (const verb of ['seal', 'interrupt', 'cancel']) {
    outcomes.attempts += 1
    navigator.sendBeacon(target + '/' + verb, new Blob(['{}'], { type: 'text/plain' }))
  }
  await new Promise((resolve) => setTimeout(resolve, 1000))
  return outcomes
}`

interface Outcomes {
  attempts: number
  read: number
}

describe.skipIf(executable === undefined)('a browser with a session', () => {
  victimTest(
    'changes nothing and shows nothing for a page of another origin, of the same site or another one',
    async ({ api, context, origin, sluice }) => {
      const { key } = await sluice.keys.create({ name: 'victim', role: 'admin' })
      const { id } = await sluice.batches.create({ code: 'invoices' })
      let [attempts, requests] = [0, 0]

      for (const host of ['127.0.0.1', 'localhost']) {
        const address = api.url.replace('127.0.0.1', host)
        await signIn(context, address, key)
        for (const attacker of [`http://${host}:${origin}`, `http://evil.example:${origin}`]) {
          const page = await context.newPage()
          const noted = noteRequests(page, address)
          await page.goto(attacker)
          const outcomes = await page.evaluate<Outcomes>(`(${ATTACK})(${JSON.stringify({ api: address, id })})`)
          attempts += outcomes.attempts

          expect([attacker, outcomes.read]).toEqual([attacker, 0])
          expect([attacker, noted.statuses.filter((status) => status !== 403)]).toEqual([attacker, []])
          requests += noted.count
          expect(noted.count).toBeGreaterThan(40)
          await page.close()
        }
      }

      expect(attempts).toBeGreaterThan(200)
      expect(requests).toBeGreaterThan(200)
      expect(await sluice.batches.get(id)).toMatchObject({ state: 'active', sealed: false })
      expect((await sluice.batches.list()).rows).toHaveLength(1)
    },
  )

  victimTest(
    'shows no data to a person who follows a link, and opens the pages',
    async ({ api, context, origin, sluice }) => {
      const { key } = await sluice.keys.create({ name: 'victim', role: 'admin' })
      await sluice.batches.create({ code: 'invoices' })
      await signIn(context, api.url, key)
      const page = await context.newPage()
      const follow = async (path: string) => {
        await page.goto(`http://evil.example:${origin}`)
        const arrived = page.waitForResponse(api.url + path)
        await page.setContent(`<a href="${api.url}${path}">x</a>`)
        await page.click('a')
        return (await arrived).status()
      }

      expect(await follow('/v1/batches')).toBe(403)
      expect(await page.content()).not.toContain('invoices')
      expect(await follow('/docs')).toBeLessThan(400)
    },
  )

  victimTest(
    'uses its session in pages of the API, and none under a name that points to it',
    async ({ api, context, sluice }) => {
      const { key } = await sluice.keys.create({ name: 'victim', role: 'submitter' })
      const page = await signIn(context, api.url, key)
      const json = { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{}' }

      const own = await page.evaluate(
        async (init) => [(await fetch('/v1/batches', init)).status, await (await fetch('/v1/session')).json()] as const,
        json,
      )
      const rebound = await page.goto(api.url.replace('127.0.0.1', 'evil.example'))

      expect(own).toMatchObject([201, { kind: 'session', role: 'submitter' }])
      expect([rebound?.status(), (await rebound?.request().allHeaders())?.['cookie']]).toEqual([421, undefined])
    },
  )
})
