import { expect, test } from 'vitest'
import { fingerprint } from '../../src/intake/fingerprint.ts'

test('is equal for submissions with the same content, and different for others', async () => {
  const one = await fingerprint(JSON.parse('{"a": 1, "b": [2]}'), ['{"payload":1}', '{"payload":2}'])

  expect(await fingerprint(JSON.parse('{"a":1,"b":[2]}'), ['{"payload":1}', '{"payload":2}'])).toBe(one)
  expect(await fingerprint(JSON.parse('{"a":1,"b":[3]}'), ['{"payload":1}', '{"payload":2}'])).not.toBe(one)
  expect(await fingerprint(JSON.parse('{"a":1,"b":[2]}'), ['{"payload":1}', '{"payload":3}'])).not.toBe(one)
  expect(await fingerprint(JSON.parse('{"a":1,"b":[2]}'), ['{"payload":1}'])).not.toBe(one)
})

test('does not depend on how the tasks are cut into chunks', async () => {
  const tasks = Array.from({ length: 2500 }, (_, n) => `{"payload":${n}}`)

  expect(await fingerprint({}, tasks)).not.toBe(await fingerprint({}, tasks.slice(1)))
  expect(await fingerprint({}, [...tasks])).toBe(await fingerprint({}, tasks))
})
