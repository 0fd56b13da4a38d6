import { ChangeLimitBody, LimitList, LimitParams, LimitView, PutLimitBody } from '../schemas/limit.ts'
import { ListNamesQuery } from '../schemas/paging.ts'
import { IfMatchHeaders } from '../schemas/versions.ts'
import { empty, json } from './content.ts'
import { body, etag, location, operation } from './operation.ts'

/** What can be done with limits. */
export const limitOperations = {
  listLimits: operation({
    id: 'listLimits',
    method: 'GET',
    path: '/v1/limits',
    tag: 'limits',
    summary: 'List limits',
    description: 'Returns limits in alphabetical order.',
    permission: 'limits:read',
    gate: 'sheddable',
    query: ListNamesQuery,
    answers: { 200: { description: 'A page of limits.', content: json(LimitList) } },
    errors: ['SLUICE_CURSOR_INVALID'],
  }),

  readLimit: operation({
    id: 'readLimit',
    method: 'GET',
    path: '/v1/limits/:name',
    tag: 'limits',
    summary: 'Read a limit',
    description: 'Returns the rules of the limit, how much of each is used and reserved, and whether it is paused.',
    permission: 'limits:read',
    gate: 'normal',
    params: LimitParams,
    answers: { 200: { description: 'The limit.', content: json(LimitView), headers: etag } },
    errors: ['SLUICE_LIMIT_NOT_FOUND'],
  }),

  putLimit: operation({
    id: 'putLimit',
    method: 'PUT',
    path: '/v1/limits/:name',
    tag: 'limits',
    summary: 'Create a limit or replace its settings',
    description:
      'Creates the limit, or replaces all its settings. Queues that name a limit share it: on any number of workers, they ' +
      'never start more than `max` in any window of `perMs`. New rules apply from the next start, and earlier starts still ' +
      'count.',
    permission: 'limits:write',
    gate: 'normal',
    params: LimitParams,
    headers: IfMatchHeaders,
    body: body(json(PutLimitBody)),
    answers: {
      201: {
        description: 'The new limit.',
        content: json(LimitView),
        headers: { ...location('/v1/limits/openai'), ...etag },
      },
      200: { description: 'The limit with its new settings.', content: json(LimitView), headers: etag },
    },
    errors: ['SLUICE_TOO_MANY_LIMITS', 'SLUICE_SETTINGS_CHANGED'],
  }),

  changeLimit: operation({
    id: 'changeLimit',
    method: 'PATCH',
    path: '/v1/limits/:name',
    tag: 'limits',
    summary: 'Change settings of a limit',
    description:
      'Changes the settings that the body names, and keeps all others. Null resets a setting to its default. `rules` are ' +
      'replaced together. Settings apply as with PUT.',
    permission: 'limits:write',
    gate: 'normal',
    params: LimitParams,
    headers: IfMatchHeaders,
    body: body(json(ChangeLimitBody)),
    answers: { 200: { description: 'The limit with its new settings.', content: json(LimitView), headers: etag } },
    errors: ['SLUICE_LIMIT_NOT_FOUND', 'SLUICE_SETTINGS_CHANGED'],
  }),

  deleteLimit: operation({
    id: 'deleteLimit',
    method: 'DELETE',
    path: '/v1/limits/:name',
    tag: 'limits',
    summary: 'Delete a limit',
    description: 'Deletes the limit. Fails while a queue uses it.',
    permission: 'limits:write',
    gate: 'normal',
    params: LimitParams,
    answers: { 204: { description: 'The limit was deleted.', content: empty } },
    errors: ['SLUICE_LIMIT_NOT_FOUND', 'SLUICE_LIMIT_IN_USE'],
  }),
}
