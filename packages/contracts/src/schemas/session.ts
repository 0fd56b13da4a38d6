import { type Static, Type } from 'typebox'
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
