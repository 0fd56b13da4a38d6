import { checkSecretHosts, type Secret } from '@sluice/worker-kit'

type Environment = Readonly<Record<string, string | undefined>>

const PREFIX = 'SLUICE_SECRET_'
const HOSTS_SUFFIX = '_HOSTS'

/** A shorter secret can be found by letting an upstream echo all of them, and seeing which one is removed. */
const MIN_LENGTH = 16

/**
 * The secrets of a worker, by NAME: `SLUICE_SECRET_<NAME>`, and the hosts that it may be sent to,
 * `SLUICE_SECRET_<NAME>_HOSTS`, separated by commas. An empty variable counts as unset.
 */
export function readSecrets(env: Environment): Record<string, Secret> {
  const names = variablesOf(env).filter((name) => !name.endsWith(HOSTS_SUFFIX))
  return Object.fromEntries(
    names.map((name) => [name.slice(PREFIX.length), { value: env[name] ?? '', hosts: hostsOf(env, name) }]),
  )
}

/** Returns a sentence for each variable of a secret that cannot be used. No sentence quotes a secret. */
export function checkSecrets(env: Environment): string[] {
  return variablesOf(env)
    .toSorted()
    .flatMap((name) => (name.endsWith(HOSTS_SUFFIX) ? checkHostsVariable(env, name) : checkSecret(env, name)))
}

function checkSecret(env: Environment, name: string): string[] {
  if (!/^[A-Za-z0-9_]{1,100}$/.test(name.slice(PREFIX.length))) {
    return [`${name}: the name of a secret must be 1 to 100 letters, digits and underscores`]
  }
  const problems: string[] = []
  if ((env[name] ?? '').length < MIN_LENGTH) {
    problems.push(`${name}: must have at least ${MIN_LENGTH} characters, so that it cannot be guessed`)
  }
  if (hostsOf(env, name).length === 0) {
    problems.push(`${name}: set ${name}${HOSTS_SUFFIX} to the hosts that it may be sent to, such as api.example.com`)
  }
  return problems
}

function checkHostsVariable(env: Environment, name: string): string[] {
  const secret = name.slice(0, -HOSTS_SUFFIX.length)
  if ((env[secret] ?? '') === '') return [`${name}: there is no secret ${secret}`]
  return checkSecretHosts(hostsOf(env, secret)).map((flaw) => `${name}: ${flaw}`)
}

function variablesOf(env: Environment): string[] {
  return Object.keys(env).filter((name) => name.startsWith(PREFIX) && (env[name] ?? '') !== '')
}

function hostsOf(env: Environment, secret: string): string[] {
  const entries = (env[secret + HOSTS_SUFFIX] ?? '').split(',').map((entry) => entry.trim())
  return entries.filter((entry) => entry !== '')
}
