import { describe, expect, test } from 'vitest'
import { classifyFailure } from '../../src/failure/classify-failure.ts'
import { buildContext, createHandler, rejection, serve } from '../support/http-fixtures.ts'

const url = 'https://api.example.com/'

function range(count: number): [string, string][] {
  return Array.from({ length: count }, (_, i) => [`x-${i}`, ''])
}

describe('an http payload that can never be sent', () => {
  test.for<[string, unknown, string]>([
    ['not an object', 5, 'the payload must be an object with a url; it is 5'],
    ['null', null, 'it is null'],
    ['an array', [url], 'the payload must be an object'],
    ['no url', { method: 'GET' }, 'url is missing'],
    ['a url of the wrong type', { url: 7 }, 'url must be an absolute http or https URL without credentials; url is 7'],
    ['a relative url', { url: '/v1/chat' }, 'url must be an absolute URL; url is "/v1/chat"'],
    [
      'a foreign scheme',
      { url: 'file:///etc/passwd' },
      'url must start with http:// or https://; url is "file:///etc/passwd"',
    ],
    ['an unknown field', { url, heders: {} }, 'unknown field "heders"; the fields are url, method, headers, body'],
    ['a field of Object.prototype', { url, constructor: 1 }, 'unknown field "constructor"'],
    ['an unknown method', { url, method: 'CONNECT' }, 'method is "CONNECT"'],
    [
      'headers that are not an object',
      { url, headers: 'a: b' },
      'headers must be an object of at most 100 valid header names and string values',
    ],
    ['a header name with a space', { url, headers: { 'a b': 'c' } }, 'headers.a b is invalid'],
    ['a header value of the wrong type', { url, headers: { a: 5 } }, 'headers.a is 5'],
    ['a header value with a line break', { url, headers: { a: 'x\r\nb: c' } }, 'headers.a is invalid'],
    [
      'more than 100 headers',
      { url, headers: Object.fromEntries(range(101)) },
      'headers must be an object of at most 100',
    ],
    ['a header value of more than 8192 characters', { url, headers: { a: 'x'.repeat(8193) } }, 'headers.a is invalid'],
    ['a header undici does not send', { url, headers: { 'transfer-encoding': 'chunked' } }, 'transfer-encoding'],
    ['an expectation', { url, headers: { expect: '100-continue' } }, 'expect'],
    [
      'a timeout of the wrong type',
      { url, timeoutMs: '5' },
      'timeoutMs must be an integer from 1 to 86400000, in ms; timeoutMs is "5"',
    ],
    ['a timeout of 0', { url, timeoutMs: 0 }, 'timeoutMs is 0'],
    ['an invalid status', { url, successStatus: 42 }, 'successStatus is 42'],
    ['an invalid status in an array', { url, successStatus: [404, 'x'] }, 'successStatus is [404,"x"]'],
    ['a very long value', { url, method: 'x'.repeat(5_000) }, `method is "${'x'.repeat(98)}…`],
  ])('is refused permanently, with its field and value: %s', async ([, payload, reason]) => {
    const error = await rejection(createHandler()(payload, buildContext()))

    expect(classifyFailure(error)).toMatchObject({ failureClass: 'invalid', retryable: false })
    expect(error.message).toMatch(/^Invalid http payload: /)
    expect(error.message).toContain(reason)
  })

  test('does not show the credentials in its url', async () => {
    const error = await rejection(createHandler()({ url: 'https://ann:hunter2@api.example.com/' }, buildContext()))

    expect(classifyFailure(error)).toMatchObject({ failureClass: 'invalid', retryable: false })
    expect(error.message).toContain('url must not contain credentials')
    expect(error.message).not.toMatch(/ann|hunter2/)
  })

  test('with a wrong content-length is refused before the call hangs', async () => {
    const server = await serve((_, response) => response.end())
    const payload = { url: server.url, body: 'four', headers: { 'content-length': '9' } }

    const error = await rejection(createHandler()(payload, buildContext()))

    expect(classifyFailure(error)).toMatchObject({ failureClass: 'invalid', retryable: false })
  })
})
