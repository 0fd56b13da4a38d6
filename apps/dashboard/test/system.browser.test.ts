import { describe } from 'vitest'
import { executable } from './support/chromium.ts'
import { dashboardTest, expectText } from './support/dashboard-test.ts'

describe.skipIf(executable === undefined)('the page of the system', () => {
  dashboardTest('shows the parts of the installation, and what needs attention', async ({ open, startWorker }) => {
    const page = await open('system')
    await expectText(page, /Overload gate open/)
    await expectText(page, /When memory is full noeviction/)
    await expectText(page, 'No worker is alive')

    await startWorker()
    await expectText(page, 'Nothing needs your attention')
  })
})
