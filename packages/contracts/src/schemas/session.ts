import { type Static, Type } from 'typebox'

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
