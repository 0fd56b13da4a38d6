import { mediaTypesOf } from '@sluice/contracts'
import type { SluiceError } from '@sluice/engine'
import type { FastifyRequest } from 'fastify'
import { RequestInvalidError, UNREAD_BODY } from '../../intake/intake-errors.ts'
import { showValue } from '../../intake/show-value.ts'
import { BodyTooLargeError, type HttpError, MediaTypeError, RouteNotFoundError } from './http-errors.ts'

/** The refusals that Fastify makes itself, by its codes. Any other of its errors is a bug of ours. */
export const fastifyRefusals: Record<string, (request: FastifyRequest) => SluiceError | HttpError> = {
  FST_ERR_CTP_BODY_TOO_LARGE: ({ routeOptions, headers }) =>
    new BodyTooLargeError(routeOptions.bodyLimit ?? 0, headers['content-length']),

  FST_ERR_CTP_INVALID_MEDIA_TYPE: ({ routeOptions, headers }) => {
    const { operation } = routeOptions.config
    if (operation?.body === undefined) return new RequestInvalidError([UNREAD_BODY])
    const supported = mediaTypesOf(operation)
    const sent = headers['content-type']
    const problem = sent === undefined ? 'Content-Type is missing' : `Content-Type "${sent}" is not supported`
    return new MediaTypeError(`${problem}. Send ${supported.join(' or ')}.`)
  },

  FST_ERR_CTP_INVALID_CONTENT_LENGTH: ({ headers }) =>
    new RequestInvalidError([
      { path: 'headers/content-length', message: 'must be the length of the body', value: headers['content-length'] },
    ]),

  FST_ERR_BAD_URL: (request) =>
    new RequestInvalidError([
      {
        path: 'path',
        message: 'must have two hexadecimal digits after each %, which together are UTF-8',
        value: pathOf(request),
      },
    ]),

  // A path that leaves the folder of the pages of /docs.
  FST_STATIC_FORBIDDEN_PATH: notFound,

  FST_ERR_MAX_PARAM_LENGTH: (request) =>
    new RequestInvalidError([{ path: 'path', message: 'has a parameter that is too long', value: pathOf(request) }]),
}

function notFound({ method, url }: FastifyRequest): SluiceError {
  return new RouteNotFoundError(method, url.split('?', 1)[0] ?? url)
}

function pathOf({ url }: FastifyRequest): unknown {
  return showValue(url.split('?', 1)[0])
}
