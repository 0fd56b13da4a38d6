import { describe, expect, test } from 'vitest'
import { checkSecrets, readSecrets } from '../src/secrets.ts'

const OPENAI = 'sk-0123456789abcdef'

test('a secret is a variable with its hosts, and empty variables count as unset', () => {
  const env = {
    SLUICE_SECRET_OPENAI: OPENAI,
    SLUICE_SECRET_OPENAI_HOSTS: 'api.openai.com, eu.api.openai.com:8443',
    SLUICE_SECRET_EMPTY: '',
    SLUICE_SECRET_EMPTY_HOSTS: '',
    SLUICE_SECRET_NONE: undefined,
    SECRET_OTHER: 'x',
  }

  expect(checkSecrets(env)).toEqual([])
  expect(readSecrets(env)).toEqual({ OPENAI: { value: OPENAI, hosts: ['api.openai.com', 'eu.api.openai.com:8443'] } })
})

describe('secrets that cannot be used', () => {
  const hosts = { SLUICE_SECRET_A_HOSTS: 'a.example' }

  test.for<[string, Record<string, string>, string]>([
    [
      'without hosts',
      { SLUICE_SECRET_A: OPENAI },
      'SLUICE_SECRET_A: set SLUICE_SECRET_A_HOSTS to the hosts that it may be sent to, such as api.example.com',
    ],
    [
      'too short to be safe from guessing',
      { SLUICE_SECRET_A: 'fifteen letters', ...hosts },
      'SLUICE_SECRET_A: must have at least 16 characters, so that it cannot be guessed',
    ],
    [
      'with a name that no header can contain',
      { 'SLUICE_SECRET_A-B': OPENAI, 'SLUICE_SECRET_A-B_HOSTS': 'a.example' },
      'SLUICE_SECRET_A-B: the name of a secret must be 1 to 100 letters, digits and underscores',
    ],
    ['with hosts alone', hosts, 'SLUICE_SECRET_A_HOSTS: there is no secret SLUICE_SECRET_A'],
    [
      'with a wildcard',
      { SLUICE_SECRET_A: OPENAI, SLUICE_SECRET_A_HOSTS: 'b.example,*.a.example' },
      'SLUICE_SECRET_A_HOSTS: "*.a.example" has a wildcard; a secret goes only to hosts that are listed by their full name.',
    ],
  ])('%s are refused', ([, env, problem]) => {
    expect(checkSecrets(env)).toEqual([problem])
  })
})
