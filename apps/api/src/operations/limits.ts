import { LimitBody, LimitList, LimitParams, LimitView } from '@sluice/contracts'
import { empty, json, problems } from '../openapi/responses.ts'

const tags = ['limits']

/** List limits. */
export const listLimitsOperation = {
  operationId: 'listLimits',
  tags,
  summary: 'List limits',
  description: 'All of them, in alphabetical order.',
  response: { 200: json('All limits.', LimitList), ...problems({}) },
}

/** Read a limit. */
export const readLimitOperation = {
  operationId: 'readLimit',
  tags,
  summary: 'Read a limit',
  description: 'Its rules, how much of each is used and reserved, and until when the upstream has paused it.',
  params: LimitParams,
  response: {
    200: json('The limit.', LimitView),
    ...problems({ 400: 'SLUICE_REQUEST_INVALID', 404: 'SLUICE_LIMIT_NOT_FOUND' }),
  },
}

/** Create a limit or replace its settings. */
export const putLimitOperation = {
  operationId: 'putLimit',
  tags,
  summary: 'Create a limit or replace its settings',
  description:
    'A limit is mostly one account with one provider. Queues that name it share it: together, on any number of workers, ' +
    'they never start more than `max` in any window of `perMs`. A change holds from the next start on, and what was ' +
    'started before keeps counting.',
  params: LimitParams,
  body: LimitBody,
  response: {
    201: json('The new limit; its address is in Location.', LimitView),
    200: json('The limit with its new settings.', LimitView),
    ...problems({
      400: 'SLUICE_REQUEST_INVALID, SLUICE_BODY_NOT_JSON',
      413: 'SLUICE_BODY_TOO_LARGE',
      415: 'SLUICE_MEDIA_TYPE',
    }),
  },
}

/** Delete a limit. */
export const deleteLimitOperation = {
  operationId: 'deleteLimit',
  tags,
  summary: 'Delete a limit',
  description: 'No queue may be under it.',
  params: LimitParams,
  response: {
    204: empty('It is gone.'),
    ...problems({
      400: 'SLUICE_REQUEST_INVALID',
      404: 'SLUICE_LIMIT_NOT_FOUND',
      409: 'SLUICE_LIMIT_IN_USE',
    }),
  },
}
