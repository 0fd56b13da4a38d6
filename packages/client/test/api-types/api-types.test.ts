import { expect, test } from 'vitest'
import { renderApiTypes, renderRoutes } from './render-api-types.ts'

test('the types of the client are those of the operation table', async () => {
  await expect(renderApiTypes()).toMatchFileSnapshot('../../src/generated/api-types.ts')
})

test('the routes of the client are those of the operation table', async () => {
  await expect(renderRoutes()).toMatchFileSnapshot('../../src/generated/routes.ts')
})
