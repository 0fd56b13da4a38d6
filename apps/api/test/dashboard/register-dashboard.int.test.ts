import { gunzipSync, gzipSync } from 'node:zlib'
import { describe, expect } from 'vitest'
import { buildApp } from '../../src/app.ts'
import { apiTest } from '../support/api-test.ts'
import { request } from '../support/raw-request.ts'

const content = Buffer.from('export {}')
const dashboard = {
  page: '<html>\n  <head>\n    <title>Sluice</title></head></html>',
  assets: new Map([
    ['main-a1.js', { mediaType: 'text/javascript; charset=utf-8', content, gzipped: gzipSync(content) }],
  ]),
}

const dashboardTest = apiTest.override('app', async ({ engine, onTestFinished }) => {
  const app = await buildApp({ engine, dashboard, publicUrl: new URL('https://example.com/a/b/') })
  onTestFinished(() => app.close())
  return app
})

describe('/ui', () => {
  dashboardTest('200 with the page for every address of it, without a credential', async ({ app }) => {
    for (const url of ['/ui/', '/ui/batches/1/tasks?state=failed', '/a/b/ui/batches']) {
      const answer = await app.inject({ url, headers: { accept: 'text/html,*/*;q=0.8' } })

      expect([url, answer.statusCode]).toEqual([url, 200])
      expect(answer.body).toContain('<base href="/a/b/ui/" />')
      expect(answer.headers).toMatchObject({
        'content-type': 'text/html; charset=utf-8',
        'cache-control': 'no-store',
        'content-security-policy': expect.stringMatching(/default-src 'none'.*script-src 'self'/),
        'cross-origin-opener-policy': 'same-origin',
        'x-content-type-options': 'nosniff',
      })
      expect(answer.headers).not.toHaveProperty('strict-transport-security')
      expect(answer.headers['content-security-policy']).not.toMatch(/unsafe|\*/)
    }
  })

  dashboardTest('302 from the root and from /ui to the page', async ({ app }) => {
    for (const url of ['/', '/ui', '/a/b', '/a/b/', '/a/b/ui']) {
      const { statusCode, headers } = await app.inject({ url })
      expect([url, statusCode, headers.location]).toEqual([url, 302, '/a/b/ui/'])
    }
  })

  dashboardTest('404 for those who want no page', async ({ app }) => {
    const { statusCode } = await app.inject({ url: '/ui/batches', headers: { accept: 'application/json' } })
    expect(statusCode).toBe(404)
  })

  dashboardTest('200 with files that browsers keep for ever, compressed for those who ask', async ({ app }) => {
    const plain = await app.inject({ url: '/ui/assets/main-a1.js' })
    const gzipped = await app.inject({ url: '/ui/assets/main-a1.js', headers: { 'accept-encoding': 'br, gzip' } })

    expect(plain.rawPayload).toEqual(content)
    expect(gunzipSync(gzipped.rawPayload)).toEqual(content)
    for (const { headers } of [plain, gzipped]) {
      expect(headers).toMatchObject({
        'content-type': 'text/javascript; charset=utf-8',
        'cache-control': 'public, max-age=31536000, immutable',
        vary: 'accept-encoding',
      })
    }
  })

  dashboardTest('404 for files that it does not have', async ({ app }) => {
    for (const name of ['none.js', '..%2f..%2fpackage.json', '%2e%2e/index.html', '__proto__']) {
      const { statusCode } = await app.inject({ url: `/ui/assets/${name}`, headers: { accept: 'text/javascript' } })
      expect([name, statusCode]).toEqual([name, 404])
    }
  })

  dashboardTest(
    '200 for a link of another site to the page, 403 for what else such a site asks for',
    async ({ baseUrl }) => {
      const link = [
        'Host: localhost',
        'Sec-Fetch-Site: cross-site',
        'Sec-Fetch-Mode: navigate',
        'Sec-Fetch-Dest: document',
      ]
      const frame = [...link.slice(0, 3), 'Sec-Fetch-Dest: iframe']
      const script = [
        'Host: localhost',
        'Sec-Fetch-Site: cross-site',
        'Sec-Fetch-Mode: no-cors',
        'Sec-Fetch-Dest: script',
      ]

      for (const target of ['GET /ui/batches/1', 'GET /ui/?a', 'GET /a/b/ui/']) {
        expect([target, (await request(baseUrl, target, link)).status]).toEqual([target, 200])
      }
      expect((await request(baseUrl, 'GET /', link)).status).toBe(302)
      for (const target of ['GET /v1/batches', 'GET /uix', 'POST /ui/batches']) {
        expect([target, (await request(baseUrl, target, link)).status]).toEqual([target, 403])
      }
      expect((await request(baseUrl, 'GET /ui/', frame)).status).toBe(403)
      expect((await request(baseUrl, 'GET /ui/assets/main-a1.js', script)).status).toBe(403)
    },
  )
})

apiTest('an API without the dashboard leads to /docs, and has no /ui', async ({ engine, onTestFinished }) => {
  const app = await buildApp({ engine })
  onTestFinished(() => app.close())

  expect((await app.inject({ url: '/' })).headers.location).toBe('/docs')
  expect((await app.inject({ url: '/ui/' })).statusCode).toBe(404)
})
