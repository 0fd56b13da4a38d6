import { type Static, Type } from 'typebox'
import { instant } from './instant.ts'
import { nullable } from './nullable.ts'
import { Cursor, NextCursor, pageSize } from './paging.ts'
import { patterns } from './patterns.ts'

/** What a browser signs in with. */
export const SignInBody = Type.Object(
  {
    apiKey: Type.String({
      minLength: 1,
      maxLength: 200,
      description: 'The API key.',
      examples: ['slk1_7Yb3kQ0pXz2MhJ0bq4n…'],
    }),
  },
  { title: 'SignIn', additionalProperties: false },
)
export type SignInBody = Static<typeof SignInBody>

/** Where a browser goes on after its person has signed in. */
export const StartSignInQuery = Type.Object(
  {
    returnTo: Type.Optional(
      Type.String({
        maxLength: 1000,
        pattern: patterns.returnTo,
        description: 'The path at which the browser goes on. Default: that of `SLUICE_PUBLIC_URL`.',
        examples: ['/ui/batches/code:invoices'],
      }),
    ),
  },
  { additionalProperties: false },
)
export type StartSignInQuery = Static<typeof StartSignInQuery>

const ofIssuer = (description: string) => Type.Optional(Type.String({ maxLength: 8000, description }))

/** What an issuer answers. */
export const FinishSignInQuery = Type.Object(
  {
    code: ofIssuer('What the API exchanges for the claims of the person.'),
    state: ofIssuer('The attempt to which the answer belongs.'),
    iss: ofIssuer('The issuer.'),
    error: ofIssuer('Why the issuer has not signed the person in.'),
  },
  // Issuers add members of their own.
  { additionalProperties: true },
)
export type FinishSignInQuery = Static<typeof FinishSignInQuery>

const SessionId = Type.String({
  pattern: patterns.sessionId,
  description: 'The id of the session. It is no secret: the cookie has 43 characters more.',
  examples: ['7Yb3kQ0pXz2MhJ0bq4nTz81c'],
})

/** A session in a path. */
export const SessionParams = Type.Object({ id: SessionId })
export type SessionParams = Static<typeof SessionParams>

/** The session of a browser. */
export const BrowserSessionView = Type.Object(
  {
    id: SessionId,
    kind: Type.Enum(['session', 'oidc'], {
      description: '`session`: it was begun with an API key. `oidc`: its person has signed in at an issuer.',
    }),
    keyId: nullable(Type.String({ description: 'The id of the API key. Null: none.' })),
    subject: nullable(Type.String({ description: 'What the issuer calls the person. Null: no person.' })),
    name: nullable(Type.String({ description: 'The name of the person. Null: no person.' })),
    createdAt: instant('When the session began.'),
    expiresAt: instant('When it ends unless it is used. Its API key may end earlier.'),
    endsAt: instant('When it ends in any case.'),
    current: Type.Boolean({ description: 'Whether the request is made with this session.' }),
  },
  { title: 'BrowserSession', additionalProperties: false },
)
export type BrowserSessionView = Static<typeof BrowserSessionView>

/** Sessions in a page of the list if the client does not say. */
export const DEFAULT_SESSIONS_PER_PAGE = 50

/** Which sessions to list. */
export const ListSessionsQuery = Type.Object(
  {
    keyId: Type.Optional(
      Type.String({
        pattern: patterns.apiKeyId,
        description: 'Only sessions of this API key.',
        examples: ['7Yb3kQ0pXz2M'],
      }),
    ),
    subject: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 300,
        description: 'Only sessions of the person whom the issuer calls this.',
        examples: ['ada'],
      }),
    ),
    pageSize: Type.Optional(pageSize(DEFAULT_SESSIONS_PER_PAGE, 200)),
    cursor: Type.Optional(Cursor),
  },
  { additionalProperties: false },
)
export type ListSessionsQuery = Static<typeof ListSessionsQuery>

/** A page of sessions. */
export const SessionList = Type.Object(
  {
    sessions: Type.Array(BrowserSessionView, {
      description: 'The sessions, in the order of their ids. A page may have fewer than `pageSize`.',
    }),
    nextCursor: NextCursor,
  },
  { title: 'SessionList', additionalProperties: false },
)
export type SessionList = Static<typeof SessionList>
