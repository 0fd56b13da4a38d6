import { describe, expect } from 'vitest'
import { executable } from './support/chromium.ts'
import { dashboardTest } from './support/dashboard-test.ts'

describe.skipIf(executable === undefined)('the page /docs', () => {
  dashboardTest(
    'shows operations and calls the API, and the browser complains of nothing',
    async ({ newPage, api }) => {
      const page = await newPage()
      const policies: (string | undefined)[] = []
      page.on(
        'response',
        (response) =>
          void (response.url().endsWith('/docs') && policies.push(response.headers()['content-security-policy'])),
      )

      await page.goto(`${api.url}/docs`)
      await page.locator('#operations-service-readVersion .opblock-summary').click()
      await page.getByRole('button', { name: 'Execute' }).click()

      await expect
        .poll(() => page.locator('.live-responses-table tbody .response-col_status').first().innerText())
        .toMatch(/^(200|401)/)
      expect(policies).toEqual([expect.stringContaining("script-src 'self';")])
      expect(policies[0]).not.toContain('unsafe')
      expect(page.complaints).toEqual([])
    },
  )
})
