import { Type } from 'typebox'
import { SessionView } from '../schemas/api-key.ts'
import {
  FinishSignInQuery,
  ListSessionsQuery,
  SessionList,
  SessionParams,
  SignInBody,
  StartSignInQuery,
} from '../schemas/session.ts'
import { empty, json } from './content.ts'
import { body, operation } from './operation.ts'

const cookie = {
  'set-cookie': Type.String({
    description: 'The cookie `__Host-sluice`. Scripts cannot read it.',
    examples: ['__Host-sluice=…; Max-Age=604800; Path=/; HttpOnly; Secure; SameSite=Lax'],
  }),
}

const redirect = {
  location: Type.String({
    description: 'Where the browser goes on.',
    examples: ['https://login.example.com/authorize?…'],
  }),
}

/** The sessions of browsers. */
export const sessionOperations = {
  createSession: operation({
    id: 'createSession',
    method: 'POST',
    path: '/v1/session',
    tag: 'sessions',
    summary: 'Sign in',
    description:
      'Begins a session with an API key, for the browser that sends the key. The browser then sends the cookie of the session ' +
      'with each request, and may do what the key permits at that time. A session ends 12 hours after its last use, 7 days ' +
      'after it began, and together with its key. It ends the one that the browser had.',
    permission: null,
    gate: 'normal',
    body: body(json(SignInBody)),
    answers: {
      201: { description: 'Who is signed in now.', content: json(SessionView), headers: cookie },
    },
    errors: [
      'SLUICE_INSECURE_SIGN_IN',
      'SLUICE_UNAUTHENTICATED',
      'SLUICE_TOO_MANY_FAILURES',
      'SLUICE_TWO_CREDENTIALS',
      'SLUICE_KEY_IN_QUERY',
    ],
  }),

  startSignIn: operation({
    id: 'startSignIn',
    method: 'GET',
    path: '/v1/session/oidc',
    tag: 'sessions',
    summary: 'Sign in at an issuer',
    description:
      'Sends a browser to the issuer of OpenID Connect in `SLUICE_OIDC_ISSUER`, where its person signs in within ten minutes. ' +
      'A page links to it.',
    permission: null,
    gate: 'normal',
    query: StartSignInQuery,
    answers: {
      302: { description: 'The browser goes to the issuer.', content: empty, headers: { ...redirect, ...cookie } },
    },
    errors: ['SLUICE_INSECURE_SIGN_IN', 'SLUICE_OIDC_OFF', 'SLUICE_OIDC_UNAVAILABLE'],
  }),

  finishSignIn: operation({
    id: 'finishSignIn',
    method: 'GET',
    path: '/v1/session/oidc/callback',
    tag: 'sessions',
    summary: 'Come back from an issuer',
    description:
      'The issuer sends a browser here once its person has signed in. Begins a session with the role, the tenant and the queues ' +
      'that the person has at the issuer. It ends after 12 hours, so that a role does not outlast its person for long.',
    permission: null,
    gate: 'normal',
    isRedirectTarget: true,
    query: FinishSignInQuery,
    answers: {
      302: { description: 'The browser goes on where it began.', content: empty, headers: { ...redirect, ...cookie } },
    },
    errors: [
      'SLUICE_INSECURE_SIGN_IN',
      'SLUICE_OIDC_OFF',
      'SLUICE_OIDC_UNAVAILABLE',
      'SLUICE_OIDC_REFUSED',
      'SLUICE_OIDC_NO_ROLE',
      'SLUICE_OIDC_NO_REACH',
      'SLUICE_TOO_MANY_FAILURES',
      'SLUICE_TWO_CREDENTIALS',
      'SLUICE_KEY_IN_QUERY',
    ],
  }),

  readSession: operation({
    id: 'readSession',
    method: 'GET',
    path: '/v1/session',
    tag: 'sessions',
    summary: 'Read who you are',
    description:
      'Returns who makes the request, by an API key, by a session or without a credential, and what one may do.',
    permission: 'session:read',
    gate: 'normal',
    answers: { 200: { description: 'Who makes the request.', content: json(SessionView) } },
    errors: [],
  }),

  deleteSession: operation({
    id: 'deleteSession',
    method: 'DELETE',
    path: '/v1/session',
    tag: 'sessions',
    summary: 'Sign out',
    description:
      'Ends the session of the browser and deletes its cookie, and does nothing if it has none. Every process refuses the ' +
      'session within 5 seconds, usually within milliseconds, and ends its event streams.',
    permission: null,
    gate: 'critical',
    answers: { 204: { description: 'The browser has no session.', content: empty, headers: cookie } },
    errors: ['SLUICE_TOO_MANY_FAILURES', 'SLUICE_TWO_CREDENTIALS', 'SLUICE_KEY_IN_QUERY'],
  }),

  listSessions: operation({
    id: 'listSessions',
    method: 'GET',
    path: '/v1/sessions',
    tag: 'sessions',
    summary: 'List sessions',
    description:
      'Returns the sessions of browsers that have not ended: those of the API key or person that makes the request, and all ' +
      'sessions for clients with the permission `keys:read`.',
    permission: 'session:read',
    gate: 'sheddable',
    query: ListSessionsQuery,
    answers: { 200: { description: 'A page of sessions.', content: json(SessionList) } },
    errors: ['SLUICE_CURSOR_INVALID'],
  }),

  endSession: operation({
    id: 'endSession',
    method: 'DELETE',
    path: '/v1/sessions/:id',
    tag: 'sessions',
    summary: 'End a session',
    description:
      'Ends a session of the API key or person that makes the request, and any session for clients with the permission ' +
      '`keys:write`. Every process refuses the session within 5 seconds, usually within milliseconds, and ends its event ' +
      'streams. The API key stays as it is.',
    permission: 'session:write',
    gate: 'critical',
    params: SessionParams,
    answers: { 204: { description: 'The session has ended.', content: empty } },
    errors: ['SLUICE_SESSION_NOT_FOUND'],
  }),
}
