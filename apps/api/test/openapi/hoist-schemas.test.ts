import { expect, test } from 'vitest'
import { hoistSchemas } from '../../src/openapi/hoist-schemas.ts'

const point = { title: 'Point', type: 'object', properties: { x: { type: 'number' } } }

test('a titled schema is described once and referred to everywhere', () => {
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

test('a description of its own stays with the reference', () => {
  const { paths } = hoistSchemas({ paths: { a: point, b: { ...point, description: 'The end.' } } })

  expect(paths).toMatchObject({ b: { $ref: '#/components/schemas/Point', description: 'The end.' } })
})

test('two different schemas of one title are a bug', () => {
  const other = { ...point, properties: {} }

  expect(() => hoistSchemas({ paths: { a: point, b: other } })).toThrow('Two schemas are titled Point.')
})

test('a property that happens to be called title is none', () => {
  const schema = { type: 'object', properties: { title: { type: 'string' }, type: { type: 'string' } } }

  expect(hoistSchemas({ paths: { a: schema } }).paths).toEqual({ a: schema })
})
