import { describe, expect } from 'vitest'
import { executable } from './support/chromium.ts'
import { dashboardTest, expectText } from './support/dashboard-test.ts'

describe.skipIf(executable === undefined)('the frame of all pages', () => {
  dashboardTest(
    'says since when the page is stale while the API is gone, and goes on by itself',
    async ({ api, open, sluice }) => {
      const page = await open('batches')
      await expectText(page, 'live')
      await expectText(page, 'No batches yet')

      await api.kill()
      await expectText(page, /stale since \d+s/)
      await expectText(page, 'No batches yet')
      await api.start()
      await expectText(page, /live(?! *since)/)
      await sluice.batches.create({ code: 'after-the-outage' })
      await expectText(page, 'after-the-outage')
    },
  )

  dashboardTest('asks for nothing while it is frozen, and catches up afterwards', async ({ open, sluice }) => {
    const page = await open('batches')
    await expectText(page, 'No batches yet')
    await page.keyboard.press('p')
    await expectText(page, 'paused')
    const requests: string[] = []
    page.on('request', (request) => requests.push(request.url()))
    await sluice.batches.create({ code: 'unseen' })
    // Two polls would have come in this time.
    await page.waitForTimeout(7000)
    expect(requests).toEqual([])

    await page.keyboard.press('p')
    await expectText(page, 'unseen')
  })

  dashboardTest('shows all keys with "?", and closes them with Escape', async ({ open }) => {
    const page = await open('batches')
    await expectText(page, 'No batches yet')

    await page.keyboard.press('?')
    await page.getByRole('dialog', { name: 'Keys' }).waitFor()
    await page.keyboard.press('Escape')
    await page.getByRole('dialog').waitFor({ state: 'detached' })
  })

  dashboardTest('remembers the theme that a person chose', async ({ open }) => {
    const page = await open('batches', { colorScheme: 'light' })
    await expectText(page, 'No batches yet')
    const theme = () => page.locator('html').getAttribute('data-theme')

    await page.keyboard.press('t')
    await expect.poll(theme).toBe('light')
    await page.keyboard.press('t')
    await expect.poll(theme).toBe('dark')
    await page.reload()
    await expectText(page, 'No batches yet')
    expect(await theme()).toBe('dark')
  })

  dashboardTest('leaves keys alone that are typed into a field', async ({ open }) => {
    const page = await open('batches')
    await expectText(page, 'No batches yet')

    await page.keyboard.press('/')
    await page.keyboard.type('tp?')
    expect(await page.getByRole('searchbox', { name: 'Code begins with' }).inputValue()).toBe('tp?')
    expect(await page.locator('html').getAttribute('data-theme')).toBe(null)
  })

  dashboardTest('stays live in seven tabs at once', async ({ newPage, api, sluice }) => {
    const first = await newPage()
    const tabs = [first]
    for (let n = 1; n < 7; n += 1) tabs.push(Object.assign(await first.context().newPage(), { complaints: [] }))
    for (const tab of tabs) await tab.goto(`${api.url}/ui/batches`)
    for (const tab of tabs) await expectText(tab, 'No batches yet')

    await sluice.batches.create({ code: 'for-all' })
    for (const tab of tabs) {
      await tab.bringToFront()
      await expectText(tab, 'for-all')
    }
  })

  dashboardTest(
    'goes through rows with j and k, opens one with Enter, and goes up with Escape',
    async ({ open, sluice }) => {
      for (const code of ['first', 'second']) await sluice.batches.create({ code })
      const page = await open('')
      await page.keyboard.press('g')
      await page.keyboard.press('b')
      await expectText(page, /second.*first/)

      await page.keyboard.press('j')
      await page.keyboard.press('j')
      await page.keyboard.press('k')
      await page.keyboard.press('j')
      await page.keyboard.press('Enter')
      await page.getByRole('heading', { name: 'first' }).waitFor()
      await page.keyboard.press('Escape')
      await page.getByRole('heading', { name: 'Batches' }).waitFor()
    },
  )

  dashboardTest(
    'counts times by the clock of the API although that of the browser is wrong',
    async ({ newPage, api, sluice }) => {
      const page = await newPage()
      await page.clock.install({ time: Date.now() - 5 * 3_600_000 })
      await sluice.batches.create({ code: 'nightly' })
      await page.goto(`${api.url}/ui/batches`)
      await page.clock.runFor(5000)

      await expectText(page, /nightly active .* \d+s ago/)
    },
  )
})
