import { expect, test } from 'vitest'
import { readSecrets } from '../src/config.ts'

test('secrets are the variables of that prefix, by what follows it', () => {
  const env = {
    SLUICE_SECRET_OPENAI: 'sk-1',
    SLUICE_SECRET_EMPTY: '',
    SLUICE_SECRET_NONE: undefined,
    SECRET_OTHER: 'x',
  }

  expect(readSecrets(env)).toEqual({ OPENAI: 'sk-1', EMPTY: '' })
})
