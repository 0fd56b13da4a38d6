import {
  ApiKeyList,
  ApiKeyParams,
  ApiKeyView,
  ChangeApiKeyBody,
  CreateApiKeyBody,
  ListApiKeysQuery,
  NewApiKeyView,
  RerollApiKeyBody,
} from '../schemas/api-key.ts'
import { empty, json } from './content.ts'
import { body, location, operation, optionalBody } from './operation.ts'

const newKey = {
  201: {
    description: 'The new API key, with its secret.',
    content: json(NewApiKeyView),
    headers: location('/v1/keys/7Yb3kQ0pXz2M'),
  },
}
const oneKey = { 200: { description: 'The API key.', content: json(ApiKeyView) } }

/** What can be done with API keys. */
export const apiKeyOperations = {
  createApiKey: operation({
    id: 'createApiKey',
    method: 'POST',
    path: '/v1/keys',
    tag: 'keys',
    summary: 'Create an API key',
    description:
      'Creates an API key with a role. The answer is the only one that shows the key: Redis has its SHA-256 alone.',
    permission: 'keys:write',
    gate: 'normal',
    body: body(json(CreateApiKeyBody)),
    answers: newKey,
    errors: ['SLUICE_EXPIRY_PAST', 'SLUICE_TOO_MANY_API_KEYS'],
  }),

  listApiKeys: operation({
    id: 'listApiKeys',
    method: 'GET',
    path: '/v1/keys',
    tag: 'keys',
    summary: 'List API keys',
    description: 'Returns API keys without their secrets, newest first. Expired ones are kept for 30 days.',
    permission: 'keys:read',
    gate: 'sheddable',
    query: ListApiKeysQuery,
    answers: { 200: { description: 'A page of API keys.', content: json(ApiKeyList) } },
    errors: ['SLUICE_CURSOR_INVALID'],
  }),

  readApiKey: operation({
    id: 'readApiKey',
    method: 'GET',
    path: '/v1/keys/:id',
    tag: 'keys',
    summary: 'Read an API key',
    description: 'Returns the API key without its secret.',
    permission: 'keys:read',
    gate: 'normal',
    params: ApiKeyParams,
    answers: oneKey,
    errors: ['SLUICE_API_KEY_NOT_FOUND'],
  }),

  changeApiKey: operation({
    id: 'changeApiKey',
    method: 'PATCH',
    path: '/v1/keys/:id',
    tag: 'keys',
    summary: 'Change an API key',
    description:
      'Changes the members that the body names, and keeps all others. Null resets a member to its default. Every process ' +
      'applies the change to requests within 5 seconds, usually within milliseconds.',
    permission: 'keys:write',
    gate: 'normal',
    params: ApiKeyParams,
    body: body(json(ChangeApiKeyBody)),
    answers: oneKey,
    errors: ['SLUICE_API_KEY_NOT_FOUND', 'SLUICE_EXPIRY_PAST'],
  }),

  rerollApiKey: operation({
    id: 'rerollApiKey',
    method: 'POST',
    path: '/v1/keys/:id/reroll',
    tag: 'keys',
    summary: 'Replace an API key',
    description:
      'Creates an API key with the same name, role, queues and expiry. The old one still works for a grace period, in which ' +
      'clients change to the new one.',
    permission: 'keys:write',
    gate: 'normal',
    params: ApiKeyParams,
    body: optionalBody(json(RerollApiKeyBody)),
    answers: newKey,
    errors: ['SLUICE_API_KEY_NOT_FOUND', 'SLUICE_API_KEY_EXPIRED', 'SLUICE_TOO_MANY_API_KEYS'],
  }),

  deleteApiKey: operation({
    id: 'deleteApiKey',
    method: 'DELETE',
    path: '/v1/keys/:id',
    tag: 'keys',
    summary: 'Delete an API key',
    description:
      'Revokes the API key. Every process refuses it within 5 seconds, usually within milliseconds, and ends its event ' +
      'streams. Requests that have begun are completed.',
    permission: 'keys:write',
    gate: 'critical',
    params: ApiKeyParams,
    answers: { 204: { description: 'The API key was deleted.', content: empty } },
    errors: ['SLUICE_API_KEY_NOT_FOUND'],
  }),
}
