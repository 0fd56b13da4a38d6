import { expect, test } from 'vitest'
import { readSecrets } from '../src/settings.ts'

test('secrets are the variables with the prefix SLUICE_SECRET_, by the rest of their names', () => {
  const env = {
    SLUICE_SECRET_OPENAI: 'sk-1',
    SLUICE_SECRET_EMPTY: '',
    SLUICE_SECRET_NONE: undefined,
    SECRET_OTHER: 'x',
  }

  expect(readSecrets(env)).toEqual({ OPENAI: 'sk-1', EMPTY: '' })
})
