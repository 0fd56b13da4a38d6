import { ApiRole } from '@sluice/contracts'

/** The option that creates an API key instead of starting the API. */
export const CREATE_KEY = '--create-key'

/** How `--help` shows the option. */
export const createKeyOption = {
  value: 'ROLE',
  choices: ApiRole.enum,
  description: 'create an API key with this role, print it, and stop',
}
