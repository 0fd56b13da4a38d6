import { expect, test } from 'vitest'
import { renderPermissions } from './render-permissions.ts'

test('docs/permissions.md lists what each role may do as the tables do', async () => {
  await expect(renderPermissions()).toMatchFileSnapshot('../../../../docs/permissions.md')
})
