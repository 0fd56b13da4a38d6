import type { Page } from 'playwright-core'
import { describe, expect } from 'vitest'
import { executable } from './support/chromium.ts'
import { dashboardTest, expectText } from './support/dashboard-test.ts'

/** How many elements and their pseudo-elements may move: by an animation, or by a transition with a duration. */
const COUNT_MOVING = `[...document.querySelectorAll('*')]
  .flatMap((element) => [undefined, '::before', '::after', '::backdrop'].map((part) => getComputedStyle(element, part)))
  .filter((style) => style.animationName !== 'none' || /[1-9]/.test(style.transitionDuration)).length +
  document.getAnimations().length`

async function countMoving(page: Page): Promise<number> {
  return await page.evaluate<number>(COUNT_MOVING)
}

describe.skipIf(executable === undefined)('motion', () => {
  dashboardTest('is on no page for those who have asked their system for less of it', async ({ open, sluice }) => {
    const tasks = [{ payload: { url: 'https://example.com' } }]
    const { id } = await sluice.batches.create({ code: 'nightly', tasks })
    const page = await open('', { reducedMotion: 'reduce' })
    await expectText(page, 'nightly')
    const moving = { overview: await countMoving(page), batch: 0, dialog: 0 }

    await page.goto(new URL(`batches/${id}`, page.url()).href)
    await expectText(page, 'Outcomes per second')
    moving.batch = await countMoving(page)
    await page.getByRole('button', { name: 'Interrupt', exact: true }).click()
    await page.getByRole('dialog').waitFor()
    moving.dialog = await countMoving(page)
    expect(moving).toEqual({ overview: 0, batch: 0, dialog: 0 })

    // The same count finds what moves for everyone else.
    await page.emulateMedia({ reducedMotion: 'no-preference' })
    expect(await countMoving(page)).toBeGreaterThan(0)
  })
})
