import { type Static, Type } from 'typebox'
import { permissions, roles } from '../permissions.ts'
import { instant } from './instant.ts'
import { nullable } from './nullable.ts'
import { patterns } from './patterns.ts'
import { Cursor, NextCursor, pageSize } from './paging.ts'
import { TenantName } from './tenant.ts'

const ApiKeyId = Type.String({
  pattern: patterns.apiKeyId,
  description: 'The id of the API key: the twelve characters that follow `slk1_`.',
  examples: ['7Yb3kQ0pXz2M'],
})

/** An API key in a path. */
export const ApiKeyParams = Type.Object({ id: ApiKeyId })
export type ApiKeyParams = Static<typeof ApiKeyParams>

/** What an API key may do. */
export const ApiRole = Type.Enum(Object.keys(roles) as (keyof typeof roles)[], {
  title: 'Role',
  description: 'What an API key may do: permissions.md lists the permissions of each role.',
})

const Name = Type.String({
  minLength: 1,
  maxLength: 100,
  description: 'What people call the API key: who or what uses it.',
  examples: ['nightly import'],
})

const GrantedQueues = Type.Array(Type.String({ pattern: patterns.grantedQueue, examples: ['llm-*'] }), {
  minItems: 1,
  maxItems: 50,
  uniqueItems: true,
  description:
    'The queues that the API key is narrowed to: names, and beginnings of names that end in `*`. It finds no other queue ' +
    'and no batch or detection of one. It also loses the permissions for what belongs to all queues together. Null: all queues.',
})

const KeyTenant = nullable({
  ...TenantName,
  description:
    'The tenant that the API key belongs to, for good. It reaches what belongs to this tenant alone, and loses the ' +
    'permissions for what belongs to all tenants together. Null: none, so that it reaches all tenants.',
})

/** A time with a time zone, as clients may write it. */
const Expiry = Type.String({
  pattern: patterns.time,
  description: 'When the API key stops working, in ISO 8601 with a time zone. Null: never.',
  examples: ['2027-01-31T12:00:00Z'],
})

/** What a new API key may do. */
export const CreateApiKeyBody = Type.Object(
  {
    name: Name,
    role: ApiRole,
    tenant: Type.Optional(KeyTenant),
    queues: Type.Optional(nullable(GrantedQueues)),
    expiresAt: Type.Optional(nullable(Expiry)),
  },
  {
    title: 'CreateApiKey',
    additionalProperties: false,
    examples: [{ name: 'nightly import', role: 'submitter', queues: ['llm-*'] }],
  },
)
export type CreateApiKeyBody = Static<typeof CreateApiKeyBody>

/** A change of an API key. A member that is left out stays as it is. */
export const ChangeApiKeyBody = Type.Object(
  {
    name: Type.Optional(Name),
    role: Type.Optional(ApiRole),
    queues: Type.Optional(nullable(GrantedQueues)),
    expiresAt: Type.Optional(nullable(Expiry)),
  },
  { title: 'ChangeApiKey', additionalProperties: false, minProperties: 1, examples: [{ role: 'viewer' }] },
)
export type ChangeApiKeyBody = Static<typeof ChangeApiKeyBody>

const THIRTY_DAYS_MS = 30 * 24 * 3600 * 1000

/** How long a replaced API key still works if the client does not say, in ms. */
export const DEFAULT_GRACE_MS = 24 * 3600 * 1000

/** How an API key is replaced. */
export const RerollApiKeyBody = Type.Object(
  {
    graceMs: Type.Optional(
      Type.Integer({
        minimum: 0,
        maximum: THIRTY_DAYS_MS,
        default: DEFAULT_GRACE_MS,
        description:
          'How long the old API key still works, in ms: up to 30 days, and never beyond its own expiry. 0 stops it at once, ' +
          'for a key that has leaked.',
      }),
    ),
  },
  { title: 'RerollApiKey', additionalProperties: false, examples: [{ graceMs: 3_600_000 }] },
)
export type RerollApiKeyBody = Static<typeof RerollApiKeyBody>

const viewProperties = {
  id: ApiKeyId,
  name: Name,
  role: ApiRole,
  tenant: KeyTenant,
  queues: nullable(GrantedQueues),
  createdAt: instant('When the API key was created.'),
  createdBy: Type.String({
    description:
      'The id of the API key that created it; `anonymous`; `command` for the option `--create-key`; or `file` for ' +
      '`SLUICE_BOOTSTRAP_KEY_FILE`.',
  }),
  expiresAt: nullable(instant('When the API key stops working. Null: never.')),
  lastUsedAt: nullable(instant('When the API key was last used, to the minute. Null: never.')),
  replacedBy: nullable(Type.String({ description: 'The id of the API key that replaces this one. Null: none.' })),
}

/** An API key, without its secret. */
export const ApiKeyView = Type.Object(viewProperties, { title: 'ApiKey', additionalProperties: false })
export type ApiKeyView = Static<typeof ApiKeyView>

/** A new API key, with its secret. */
export const NewApiKeyView = Type.Object(
  {
    ...viewProperties,
    key: Type.String({
      description: 'The API key to send with requests. No other answer shows it: store it now.',
      examples: ['slk1_7Yb3kQ0pXz2MhJ0bq4n…'],
    }),
  },
  { title: 'NewApiKey', additionalProperties: false },
)
export type NewApiKeyView = Static<typeof NewApiKeyView>

/** API keys in a page of the list if the client does not say. */
export const DEFAULT_API_KEYS_PER_PAGE = 50

/** Which page of API keys to list. */
export const ListApiKeysQuery = Type.Object(
  { pageSize: Type.Optional(pageSize(DEFAULT_API_KEYS_PER_PAGE, 200)), cursor: Type.Optional(Cursor) },
  { additionalProperties: false },
)
export type ListApiKeysQuery = Static<typeof ListApiKeysQuery>

/** A page of API keys. */
export const ApiKeyList = Type.Object(
  { keys: Type.Array(ApiKeyView, { description: 'The API keys, newest first.' }), nextCursor: NextCursor },
  { title: 'ApiKeyList', additionalProperties: false },
)
export type ApiKeyList = Static<typeof ApiKeyList>

/** Who makes a request, and what they may do. */
export const SessionView = Type.Object(
  {
    kind: Type.Enum(['key', 'session', 'oidc', 'anonymous'], {
      description:
        '`key`: a client with an API key. `session`: a browser that has signed in with an API key. `oidc`: one whose person has signed in at an issuer. `anonymous`: a client ' +
        'without, which `SLUICE_ALLOW_ANONYMOUS` allows.',
    }),
    keyId: nullable(Type.String({ description: 'The id of the API key. Null: none.' })),
    name: nullable(Type.String({ description: 'The name of the API key or person. Null if anonymous.' })),
    subject: nullable(Type.String({ description: 'What the issuer calls the person. Null: no person.' })),
    role: ApiRole,
    permissions: Type.Array(
      Type.Enum(Object.keys(permissions) as (keyof typeof permissions)[], {
        title: 'Permission',
        description: 'A permission.',
      }),
      {
        description: 'What the client may do.',
      },
    ),
    tenant: nullable({
      ...TenantName,
      description: 'The tenant that the client belongs to. Null: none, so that it reaches all tenants.',
    }),
    queues: nullable(GrantedQueues),
    expiresAt: nullable(instant('When the API key stops working, or the session ends unless it is used. Null: never.')),
  },
  { title: 'Session', additionalProperties: false },
)
export type SessionView = Static<typeof SessionView>
