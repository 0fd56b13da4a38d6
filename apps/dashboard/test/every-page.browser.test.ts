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
  { path: 'queues', shows: 'default' },
  { path: 'queues/default', shows: 'Time limit of an attempt' },
  { path: 'limits', shows: 'openai' },
  { path: 'limits/openai', shows: 'Burst factor' },
  { path: 'workers', shows: 'No worker is alive' },
  { path: 'detections', shows: 'https://api.example.com' },
  { path: 'detections/:detection', shows: 'Rejected calls' },
  { path: 'keys', shows: 'import' },
  { path: 'sessions', shows: 'No sessions' },
  { path: 'tenants', shows: 'acme' },
  { path: 'audit', shows: 'createDetection' },
  { path: 'system', shows: 'Overload gate' },
] as const

const LOOKS = [
  { theme: 'light', width: 1280 },
  { theme: 'light', width: 390 },
  { theme: 'dark', width: 1280 },
  { theme: 'dark', width: 390 },
] as const

/** Where the screenshots of the last run lie. */
const folder = new URL('../../../.cache/screenshots/', import.meta.url)

describe.skipIf(executable === undefined)('every page', () => {
  dashboardTest.for(LOOKS)(
    'is accessible and as wide as its window: $theme, $width pixels',
    async ({ theme, width }, { newPage, api, sluice }) => {
      const { id } = await sluice.batches.create({
        code: 'nightly',
        tasks: [{ key: 'row-0', payload: { url: 'https://example.com' } }],
      })
      await sluice.limits.put('openai', { rules: [{ unit: 'requests', max: 500, perMs: 60_000 }] })
      await sluice.keys.create({ name: 'import', role: 'submitter', queues: ['default'] })
      await sluice.tenants.put('acme', { maxTasks: 1_000_000, maxActiveBatches: 20 })
      const detection = await sluice.detections.create({ url: 'https://api.example.com/v1/models' })
      await mkdir(folder, { recursive: true })
      const page = await newPage({ colorScheme: theme, viewport: { width, height: 844 } })

      for (const { path, shows } of PAGES) {
        await page.goto(`${api.url}/ui/${path.replace(':id', id).replace(':detection', detection.id)}`)
        await expectText(page, shows)
        const { violations } = await new AxeBuilder({ page }).analyze()
        const serious = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical')
        expect({ path, serious }).toEqual({ path, serious: [] })
        expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(width)
        expect(page.complaints).toEqual([])
        await page.screenshot({ path: new URL(`${nameOf(path)}-${width}-${theme}.png`, folder).pathname })
      }
    },
  )
})

function nameOf(path: string): string {
  return path === '' ? 'overview' : path.replace(/\/:(?:id|detection)/, '-page').replaceAll('/', '-')
}
