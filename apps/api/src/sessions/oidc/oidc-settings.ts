import { readFile } from 'node:fs/promises'
import { type Role, roles } from '@sluice/contracts'
import type { Settings } from '@sluice/settings'
import { Type } from 'typebox'
import { isLoopback } from '../../http/guard/loopback.ts'

/** At which issuer people sign in, which roles they get, and what they reach. */
export interface OidcOptions {
  issuer: URL
  clientId: string
  /** Undefined: the issuer knows the API as a public client. */
  clientSecret: string | undefined
  scopes: string
  /** The name of a claim, or a JSON pointer into the claims. */
  roleClaim: string
  /** The role for each value of the claim. */
  roles: ReadonlyMap<string, Role>
  /** The name of the claim, or a JSON pointer, that names the tenant of a person. Undefined: people reach all tenants. */
  tenantClaim?: string | undefined
  /** The same of the queues that a person is narrowed to. Undefined: people reach all queues. */
  queuesClaim?: string | undefined
  /** The URL by which browsers reach the API. */
  publicUrl: URL
}

/** How a claim is named. A tilde in a JSON pointer is ~0, and a slash in a name is ~1. */
const CLAIM = {
  pattern: String.raw`^([^/].*|(/([^~/]|~[01])*)+)$`,
  expects: 'the name of a claim, or a JSON pointer into the claims such as /realm_access/roles',
}

const ROLE = Object.keys(roles).join('|')

/** The settings of signing in by OpenID Connect. */
export const oidcSettings = {
  SLUICE_OIDC_ISSUER: Type.Optional(
    Type.String({
      pattern: String.raw`^https?://[^\s?#@]+$`,
      expects: 'the URL of an issuer, such as https://login.example.com',
      description:
        'Issuer of OpenID Connect at which people sign in. It must send browsers back to ' +
        '`<SLUICE_PUBLIC_URL>/v1/session/oidc/callback`. Unset: people sign in with API keys alone.',
    }),
  ),
  SLUICE_OIDC_CLIENT_ID: Type.Optional(
    Type.String({ minLength: 1, description: 'The id by which the issuer knows the API.' }),
  ),
  SLUICE_OIDC_CLIENT_SECRET: Type.Optional(
    Type.String({
      minLength: 1,
      description: 'The secret of the API at the issuer. Unset, and no file either: the API is a public client.',
    }),
  ),
  SLUICE_OIDC_CLIENT_SECRET_FILE: Type.Optional(
    Type.String({ minLength: 1, description: 'File with the secret of the API at the issuer, instead of the secret.' }),
  ),
  SLUICE_OIDC_SCOPES: Type.String({
    default: 'openid profile',
    pattern: String.raw`^([\x21-\x7e]+ )*openid( [\x21-\x7e]+)*$`,
    expects: 'scopes with a space between them, one of which is openid',
    description: 'The scopes that the API asks the issuer for.',
  }),
  SLUICE_OIDC_ROLE_CLAIM: Type.String({
    ...CLAIM,
    default: 'roles',
    description:
      'The claim of the ID token that decides the role: its name, or a JSON pointer such as /realm_access/roles. Its value is ' +
      'a string or a list of strings.',
  }),
  SLUICE_OIDC_ROLES: Type.Array(
    Type.String({
      pattern: `^.+=(${ROLE})$`,
      expects: `<value>=<role>, where the role is one of ${ROLE.replaceAll('|', ', ')}`,
    }),
    {
      default: [],
      description:
        'The role for values of the claim, as <value>=<role>. A person with several values gets the role with the most ' +
        'permissions, and a person with none cannot sign in.',
    },
  ),
  SLUICE_OIDC_TENANT_CLAIM: Type.Optional(
    Type.String({
      ...CLAIM,
      description:
        'The claim of the ID token that names the tenant of a person: its name, or a JSON pointer. Its value is the name of ' +
        'a tenant, or * for people who reach all tenants. A person whose token has no such value cannot sign in. Unset: ' +
        'people reach all tenants.',
    }),
  ),
  SLUICE_OIDC_QUEUES_CLAIM: Type.Optional(
    Type.String({
      ...CLAIM,
      description:
        'The claim of the ID token that names the queues of a person: its name, or a JSON pointer. Its value is a list of ' +
        'names of queues and of beginnings of names that end in *, or * for people who reach all queues. A person whose ' +
        'token has no such value cannot sign in. Unset: people reach all queues.',
    }),
  ),
}

type OidcSettings = Settings<ReturnType<typeof Type.Object<typeof oidcSettings>>> & { SLUICE_PUBLIC_URL?: string }

/** Returns the problems of the settings of signing in by OpenID Connect. */
export function checkOidcSettings(settings: OidcSettings): string[] {
  const {
    SLUICE_OIDC_ISSUER: issuer,
    SLUICE_OIDC_CLIENT_SECRET: secret,
    SLUICE_OIDC_CLIENT_SECRET_FILE: file,
  } = settings
  if (issuer === undefined) return unusedSettings(settings)
  const missing = (['SLUICE_PUBLIC_URL', 'SLUICE_OIDC_CLIENT_ID'] as const).filter(
    (name) => settings[name] === undefined,
  )
  return [
    ...checkIssuer(issuer),
    ...missing.map((name) => `${name}: must be set, because SLUICE_OIDC_ISSUER is`),
    ...(settings.SLUICE_OIDC_ROLES.length === 0
      ? ['SLUICE_OIDC_ROLES: must map a value to a role, or no person can sign in']
      : []),
    ...(secret !== undefined && file !== undefined
      ? ['SLUICE_OIDC_CLIENT_SECRET: and a file with it are set. Unset one of the two']
      : []),
  ]
}

function unusedSettings(settings: OidcSettings): string[] {
  const names = [
    'SLUICE_OIDC_CLIENT_ID',
    'SLUICE_OIDC_CLIENT_SECRET',
    'SLUICE_OIDC_CLIENT_SECRET_FILE',
    'SLUICE_OIDC_TENANT_CLAIM',
    'SLUICE_OIDC_QUEUES_CLAIM',
  ] as const
  const unused: string[] = names.filter((name) => settings[name] !== undefined)
  if (settings.SLUICE_OIDC_ROLES.length > 0) unused.push('SLUICE_OIDC_ROLES')
  return unused.map((name) => `${name}: has no use without SLUICE_OIDC_ISSUER`)
}

function checkIssuer(issuer: string): string[] {
  const url = URL.parse(issuer)
  if (url === null) return [`SLUICE_OIDC_ISSUER: "${issuer}" has no valid host`]
  if (url.protocol === 'https:' || isLoopback(url.hostname)) return []
  return [`SLUICE_OIDC_ISSUER: "${issuer}" must begin with https, or anyone on the way could sign in`]
}

/** Returns at which issuer people sign in, and reads the file with the secret. Undefined: at none. */
export async function oidcOptionsOf(settings: OidcSettings): Promise<OidcOptions | undefined> {
  const {
    SLUICE_OIDC_ISSUER: issuer,
    SLUICE_OIDC_CLIENT_ID: clientId = '',
    SLUICE_PUBLIC_URL: publicUrl = '',
  } = settings
  if (issuer === undefined) return undefined
  return {
    issuer: new URL(issuer),
    clientId,
    clientSecret: await readSecret(settings),
    scopes: settings.SLUICE_OIDC_SCOPES,
    roleClaim: settings.SLUICE_OIDC_ROLE_CLAIM,
    roles: new Map(settings.SLUICE_OIDC_ROLES.map((text) => mappingOf(text))),
    tenantClaim: settings.SLUICE_OIDC_TENANT_CLAIM,
    queuesClaim: settings.SLUICE_OIDC_QUEUES_CLAIM,
    publicUrl: new URL(publicUrl),
  }
}

/** A value may contain the sign, too. */
function mappingOf(text: string): [value: string, role: Role] {
  const at = text.lastIndexOf('=')
  return [text.slice(0, at), text.slice(at + 1) as Role]
}

async function readSecret(settings: OidcSettings): Promise<string | undefined> {
  const { SLUICE_OIDC_CLIENT_SECRET: secret, SLUICE_OIDC_CLIENT_SECRET_FILE: file } = settings
  return file === undefined ? secret : (await readFile(file, 'utf8')).trim()
}
