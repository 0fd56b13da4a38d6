import { describe } from 'vitest'
import { executable } from './support/chromium.ts'
import { dashboardTest, expectText } from './support/dashboard-test.ts'

const tasks = [{ payload: { url: 'https://example.com' } }]

describe.skipIf(executable === undefined)('the overview', () => {
  dashboardTest('says that nothing needs a person, until something does', async ({ open, sluice }) => {
    const page = await open('')
    await expectText(page, 'Nothing needs you')
    await expectText(page, 'No batch is active')

    await sluice.queues.put('lane', {})
    const { id } = await sluice.batches.create({ code: 'nightly', queue: 'lane', tasks })
    await expectText(page, 'No worker serves the queue lane')
    await sluice.queues.pause('lane')
    await expectText(page, 'The queue lane is paused')
    await sluice.batches.interrupt(id, { message: 'The provider has asked us to stop.' })
    await expectText(page, 'nightly is interrupted The provider has asked us to stop. 1 waiting task')

    await page.getByRole('link', { name: 'nightly is interrupted' }).click()
    await page.getByRole('heading', { name: 'nightly' }).waitFor()
  })
})
