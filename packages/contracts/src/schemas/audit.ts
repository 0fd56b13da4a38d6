import { type Static, Type } from 'typebox'
import { instant } from './instant.ts'
import { nullable } from './nullable.ts'
import { Cursor, NextCursor, pageSize } from './paging.ts'
import { patterns } from './patterns.ts'
import { TenantName } from './tenant.ts'

/** The header with which a client says why it changes something. Every operation that changes something reads it. */
export const reasonHeader = {
  'x-sluice-reason': Type.Optional(
    Type.String({
      pattern: patterns.auditReason,
      description: 'Why the request is made. The audit log shows it.',
      examples: ['the provider asked us to stop'],
    }),
  ),
}

const Actor = Type.Enum(['key', 'session', 'oidc', 'anonymous', 'unauthenticated', 'command', 'file'], {
  description:
    '`key`: a client with an API key. `session`: a browser that has signed in with an API key. `oidc`: a person who has signed in at an issuer. `anonymous`: a client without, which `SLUICE_ALLOW_ANONYMOUS` allows. `unauthenticated`: one ' +
    'that was refused. `command`: the option `--create-key`. `file`: `SLUICE_BOOTSTRAP_KEY_FILE`.',
})

const Result = Type.Enum(['done', 'refused', 'failed'], {
  description:
    '`done`: the request succeeded. `refused`: its status is 4xx. `failed`: its status is 5xx, and it may have had an effect.',
})

/** One request that the audit log has. */
export const AuditEntryView = Type.Object(
  {
    id: Type.String({ description: 'The id of the entry.', examples: ['1764415000000-0'] }),
    at: instant("When the request ended, by Redis's clock."),
    actor: Actor,
    keyId: nullable(
      Type.String({
        description: 'The id of the API key. If the actor is `unauthenticated`, what it claimed. Null: none.',
      }),
    ),
    name: nullable(Type.String({ description: 'The name of the API key or person at that time. Null: none.' })),
    subject: nullable(Type.String({ description: 'What the issuer calls the person. Null: no person.' })),
    tenant: nullable({ ...TenantName, description: 'The tenant of the API key. Null: none.' }),
    operation: Type.String({ description: 'The id of the operation.', examples: ['interruptBatch'] }),
    object: nullable(
      Type.String({ description: 'What it concerned. Null: no single object.', examples: ['queues/llm'] }),
    ),
    address: nullable(
      Type.String({
        description:
          'The address of the client, or of a proxy in front. Null: none, or the client was gone before the entry was made.',
      }),
    ),
    requestId: nullable(Type.String({ description: 'The id of the request, by which the log lists it. Null: none.' })),
    reason: nullable(Type.String({ description: 'The `x-sluice-reason` of the request. Null: none.' })),
    result: Result,
    status: Type.Integer({ description: 'The HTTP status of the answer.', examples: [200] }),
    code: nullable(Type.String({ description: 'The error code of the answer. Null: none.' })),
  },
  { title: 'AuditEntry', additionalProperties: false },
)
export type AuditEntryView = Static<typeof AuditEntryView>

/** Entries of a page of the audit log if the client does not say. */
export const DEFAULT_AUDIT_ENTRIES_PER_PAGE = 50

function time(description: string) {
  return Type.Optional(Type.String({ pattern: patterns.time, description, examples: ['2026-01-31T12:00:00Z'] }))
}

/** Which entries of the audit log a client asks for. */
const filter = {
  keyId: Type.Optional(
    Type.String({ pattern: patterns.apiKeyId, description: 'Return only entries of this API key.' }),
  ),
  tenant: Type.Optional({ ...TenantName, description: 'Return only entries of API keys of this tenant.' }),
  operation: Type.Optional(
    Type.String({ minLength: 1, maxLength: 100, description: 'Return only entries of this operation.' }),
  ),
  object: Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: 300,
      description: 'Return only entries of this object, such as `queues/llm`. Batches go by their id.',
    }),
  ),
  result: Type.Optional({ ...Result, description: 'Return only entries with this result.' }),
  from: time('Return only entries of this time and later, in ISO 8601 with a time zone.'),
  to: time('Return only entries before this time, in ISO 8601 with a time zone.'),
}

/** Which entries of the audit log to list. */
export const ListAuditQuery = Type.Object(
  {
    ...filter,
    pageSize: Type.Optional(pageSize(DEFAULT_AUDIT_ENTRIES_PER_PAGE, 500)),
    cursor: Type.Optional(Cursor),
  },
  { additionalProperties: false },
)
export type ListAuditQuery = Static<typeof ListAuditQuery>

/** Which entries of the audit log to export. */
export const ExportAuditQuery = Type.Object(
  {
    ...filter,
    after: Type.Optional(
      Type.String({
        pattern: patterns.auditEntryId,
        description: 'Return only entries after the one with this id: the last one that the client has.',
        examples: ['1764415000000-0'],
      }),
    ),
  },
  { additionalProperties: false },
)
export type ExportAuditQuery = Static<typeof ExportAuditQuery>

/** A page of the audit log. */
export const AuditList = Type.Object(
  { entries: Type.Array(AuditEntryView, { description: 'The entries, newest first.' }), nextCursor: NextCursor },
  { title: 'AuditList', additionalProperties: false },
)
export type AuditList = Static<typeof AuditList>
