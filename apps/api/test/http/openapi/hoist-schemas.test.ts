import { expect, test } from 'vitest'
import { hoistSchemas } from '../../../src/http/openapi/hoist-schemas.ts'

const point = { title: 'Point', type: 'object', properties: { x: { type: 'number' } } }

test('describes a schema with a title once and refers to it everywhere', () => {
  const line = { title: 'Line', type: 'object', properties: { from: point, to: point } }

  const { paths, components } = hoistSchemas({ paths: { '/a': line, '/b': [point] } })

  expect(paths).toEqual({ '/a': { $ref: '#/components/schemas/Line' }, '/b': [{ $ref: '#/components/schemas/Point' }] })
  expect(components).toEqual({
    schemas: {
      Line: {
        title: 'Line',
        type: 'object',
        properties: { from: { $ref: '#/components/schemas/Point' }, to: { $ref: '#/components/schemas/Point' } },
      },
      Point: point,
    },
  })
})

test('keeps a description of its own with the reference', () => {
  const { paths } = hoistSchemas({ paths: { a: point, b: { ...point, description: 'The end.' } } })

  expect(paths).toMatchObject({ b: { $ref: '#/components/schemas/Point', description: 'The end.' } })
})

test('rejects two different schemas with the same title', () => {
  const other = { ...point, properties: {} }

  expect(() => hoistSchemas({ paths: { a: point, b: other } })).toThrow('Two schemas have the title Point.')
})

test('does not take a property called title for a title', () => {
  const schema = { type: 'object', properties: { title: { type: 'string' }, type: { type: 'string' } } }

  expect(hoistSchemas({ paths: { a: schema } }).paths).toEqual({ a: schema })
})
