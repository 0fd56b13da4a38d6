import { Sluice } from '@sluice/client'
import { installationTest } from '@sluice/testing'
import type { BrowserContextOptions, Page } from 'playwright-core'
import { expect } from 'vitest'
import { startChromium } from './chromium.ts'

/** A page, and what its browser complained about: errors of scripts, and violations of the policy. */
export interface WatchedPage extends Page {
  complaints: string[]
}

/** A test with an installation, a client of its API, and a browser. */
export const dashboardTest = installationTest
  // oxlint-disable-next-line no-empty-pattern -- vitest reads a fixture's needs from this pattern, and insists on one.
  .extend('browser', { scope: 'file' }, async ({}, { onCleanup }) => {
    const browser = await startChromium()
    onCleanup(() => browser.close())
    return browser
  })
  .extend('sluice', ({ api }) => new Sluice({ url: api.url }))
  .extend('newPage', ({ browser, onTestFinished }) => async (options: BrowserContextOptions = {}) => {
    const context = await browser.newContext({ viewport: { width: 1280, height: 860 }, ...options })
    onTestFinished(() => context.close())
    return watch(await context.newPage())
  })
  .extend('open', ({ newPage, api }) => async (path: string, options: BrowserContextOptions = {}) => {
    const page = await newPage(options)
    await page.goto(`${api.url}/ui/${path}`)
    return page
  })

/** Notes what the browser complains about. A connection that breaks is no complaint: tests break them. */
function watch(page: Page): WatchedPage {
  const complaints: string[] = []
  page.on('pageerror', (error) => complaints.push(String(error)))
  page.on('console', (message) => {
    const isOutage = /Failed to load resource|ERR_/.test(message.text())
    if (message.type() === 'error' && !isOutage) complaints.push(message.text())
  })
  return Object.assign(page, { complaints })
}

/** The page reads as expected, sooner or later. */
export async function expectText(page: Page, text: string | RegExp): Promise<void> {
  const pattern = typeof text === 'string' ? text : expect.stringMatching(text)
  const read = async () => (await page.locator('body').innerText()).replaceAll(/\s+/g, ' ')
  await expect
    .poll(read, { timeout: 30_000 })
    .toEqual(typeof text === 'string' ? expect.stringContaining(text) : pattern)
}
