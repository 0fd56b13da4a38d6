import { expect, test } from 'vitest'
import { openapiDocument } from '../../../src/http/openapi/openapi-document.ts'
import { renderPythonTypes } from './render-python-types.ts'

test('the types of the Python client are those of the OpenAPI document', async () => {
  const { components } = openapiDocument as unknown as {
    components: { schemas: Parameters<typeof renderPythonTypes>[0] }
  }

  await expect(renderPythonTypes(components.schemas)).toMatchFileSnapshot(
    '../../../../../clients/python/sluice_client/types.py',
  )
})
