import { mkdir } from 'node:fs/promises'
import { AxeBuilder } from '@axe-core/playwright'
import { describe, expect } from 'vitest'
import { executable } from './support/chromium.ts'
import { dashboardTest, expectText } from './support/dashboard-test.ts'

/** The address of each page, and a text by which a test knows that it is there. */
const PAGES = [
  { path: '', shows: 'nightly' },
  { path: 'batches', shows: 'nightly' },
  { path: 'batches/:id', shows: 'Outcomes per second' },
  { path: 'batches/:id/tasks', shows: 'row-0' },
  { path: 'batches/:id/errors', shows: 'No attempt has failed' },
  { path: 'batches/:id/settings', shows: 'Concurrency' },
  { path: 'batches/:id/history', shows: 'created' },
  { path: 'batches/:id/raw', shows: 'interruptionCriteria' },
] as const

const THEMES = ['light', 'dark'] as const
const WIDTHS = [1280, 390] as const

/** Where the screenshots of the last run lie. */
const folder = new URL('../../../.cache/screenshots/', import.meta.url)

describe.skipIf(executable === undefined)('every page', () => {
  dashboardTest.for(PAGES)(
    'is accessible in both themes, wide and narrow: $path',
    async ({ path, shows }, { open, sluice }) => {
      const { id } = await sluice.batches.create({
        code: 'nightly',
        tasks: [{ key: 'row-0', payload: { url: 'https://example.com' } }],
      })
      await mkdir(folder, { recursive: true })

      for (const theme of THEMES) {
        for (const width of WIDTHS) {
          const page = await open(path.replace(':id', id), { colorScheme: theme, viewport: { width, height: 844 } })
          await expectText(page, shows)
          const { violations } = await new AxeBuilder({ page }).analyze()
          expect(violations.filter(({ impact }) => impact === 'serious' || impact === 'critical')).toEqual([])
          expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(width)
          expect(page.complaints).toEqual([])
          await page.screenshot({
            path: new URL(
              `${path === '' ? 'overview' : path.replace('/:id', '-page').replaceAll('/', '-')}-${width}-${theme}.png`,
              folder,
            ).pathname,
          })
        }
      }
    },
  )
})
