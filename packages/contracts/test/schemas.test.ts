import { expect, test } from 'vitest'
import { type Operation, operations, patternMeanings, Problem } from '../src/index.ts'
import { isNamed, type JsonSchema, partsOf } from './api-docs/json-schema.ts'
import { schemasOf } from './api-docs/schemas-of.ts'

/** Every object that is sent or answered, with the path to it. */
function objectsIn(schema: JsonSchema, path: string): [path: string, object: JsonSchema][] {
  const here = isNamed(schema) ? schema.title : path
  const inner = partsOf(schema).flatMap((part) => objectsIn(part, here))
  return schema.properties === undefined ? inner : [[here, schema], ...inner]
}

const objects = new Map(
  (Object.values(operations) as Operation[])
    .flatMap((operation) => schemasOf(operation).flatMap((schema) => objectsIn(schema, operation.id)))
    .concat(objectsIn(Problem as JsonSchema, 'Problem')),
)

test('every pattern is one whose meaning refusals state', () => {
  const used = new Set(
    [...JSON.stringify(operations).matchAll(/"pattern":("(?:[^"\\\\]|\\\\.)*")/g)].map(([, text = '']) =>
      JSON.parse(text),
    ),
  )
  const keys = new Set(
    [...JSON.stringify(operations).matchAll(/"patternProperties":\{("(?:[^"\\\\]|\\\\.)*")/g)].map(([, text = '']) =>
      JSON.parse(text),
    ),
  )

  expect(used.size).toBeGreaterThan(5)
  for (const pattern of [...used, ...keys].filter((text) => text !== '^.*$')) {
    expect([pattern, patternMeanings.get(pattern as string)]).toEqual([pattern, expect.any(String)])
    // Python does not know it.
    expect(pattern).not.toContain('\\p')
  }
})

test('every member of every object has a description', () => {
  const silent = [...objects].flatMap(([path, { properties = {} }]) =>
    Object.entries(properties)
      .filter(([, { description = '' }]) => !/^[A-Z`].*\.$/s.test(description))
      .map(([name]) => `${path}.${name}`),
  )

  expect(silent).toEqual([])
})
