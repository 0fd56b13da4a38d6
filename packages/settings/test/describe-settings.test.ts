import { expect, test } from 'vitest'
import { Type } from 'typebox'
import { describeSettings } from '../src/index.ts'

test('each setting is described in the order of the schema', () => {
  const schema = Type.Object({
    SLUICE_PORT: Type.Integer({ minimum: 0, maximum: 65_535, default: 3000, description: 'Port; 0 picks a free one.' }),
    SLUICE_WINDOWS: Type.Array(Type.Integer(), { default: [1, 60], description: 'Windows in seconds.' }),
    SLUICE_URL: Type.String({ description: 'Where to send.' }),
    SLUICE_NAME: Type.Optional(Type.String({ description: 'What to call it.' })),
  })

  expect(describeSettings(schema)).toEqual([
    {
      name: 'SLUICE_PORT',
      expects: 'an integer from 0 to 65535',
      default: '3000',
      isRequired: false,
      description: 'Port; 0 picks a free one.',
    },
    {
      name: 'SLUICE_WINDOWS',
      expects: 'a comma-separated list, each an integer',
      default: '1,60',
      isRequired: false,
      description: 'Windows in seconds.',
    },
    { name: 'SLUICE_URL', expects: 'text', isRequired: true, description: 'Where to send.' },
    { name: 'SLUICE_NAME', expects: 'text', isRequired: false, description: 'What to call it.' },
  ])
})

test('a schema whose settings are all optional requires none', () => {
  const schema = Type.Object({ SLUICE_NAME: Type.Optional(Type.String({ description: 'A name.' })) })

  expect(describeSettings(schema)[0]?.isRequired).toBe(false)
})

test('a setting without a description is a bug', () => {
  expect(() => describeSettings(Type.Object({ SLUICE_PORT: Type.Integer() }))).toThrow(
    'The setting SLUICE_PORT has no description.',
  )
})
