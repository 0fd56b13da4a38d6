import { freePort, startProcess } from '@sluice/testing'
import { describe, expect } from 'vitest'
import { executable } from './support/chromium.ts'
import { dashboardTest, expectText } from './support/dashboard-test.ts'
import { startProxy } from './support/proxy.ts'

const CASES = [
  { publicPath: '/', under: '', strips: false },
  { publicPath: '/ui', under: '/ui', strips: true },
  { publicPath: '/ui', under: '/ui', strips: false },
  { publicPath: '/a/b/', under: '/a/b', strips: true },
  { publicPath: '/a/b', under: '/a/b', strips: false },
] as const

describe.skipIf(executable === undefined)('the dashboard behind a proxy', () => {
  dashboardTest.for(CASES)(
    'works under "$under" with the public path "$publicPath", whether the path is removed ($strips) or not',
    async ({ publicPath, under, strips }, { env, newPage, onTestFinished }) => {
      const port = await freePort()
      const url = `http://127.0.0.1:${port}`
      const own = {
        SLUICE_ALLOW_ANONYMOUS: 'true',
        SLUICE_PORT: String(port),
        SLUICE_PUBLIC_URL: `http://localhost${publicPath}`,
      }
      const entry = new URL('../../api/src/main.ts', import.meta.url)
      const api = await startProcess({ entry, env: { ...env, ...own }, ready: `${url}/readyz` })
      onTestFinished(async () => void (await api.kill()))
      const proxy = await startProxy(url, under, strips)
      onTestFinished(proxy.close)
      const page = await newPage()

      // From the root, by a link within the page, and at an address of its own.
      for (const start of ['/', '/ui', '/ui/batches?state=active']) {
        await page.goto(`${proxy.url}${start}`)
        await expectText(page, 'Batches')
        await expect.poll(() => new URL(page.url()).pathname).toMatch(new RegExp(`^${under}/ui/(batches)?$`))
      }
      await expectText(page, 'No batch matches')
      await page.getByRole('link', { name: 'show all batches' }).click()
      await expectText(page, 'No batches yet')
      expect(new URL(page.url()).pathname).toBe(`${under}/ui/batches`)

      expect(page.complaints).toEqual([])

      await page.goto(`${proxy.url}/docs`)
      await expectText(page, 'A distributed batch queue')
    },
  )
})
