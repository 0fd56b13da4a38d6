import { expect, test } from 'vitest'
import {
  hashSecret,
  hideApiKeys,
  isSecretOf,
  newApiKeyText,
  readApiKeyText,
  writeApiKey,
} from '../../src/model/api-key-text.ts'

const DIGITS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'

test('an API key has a fixed form, and reads as what was written', () => {
  const texts = Array.from({ length: 1000 }, () => newApiKeyText())

  for (const text of texts) {
    expect(writeApiKey(text)).toMatch(/^slk1_[0-9A-Za-z]{61}$/)
    expect(readApiKeyText(writeApiKey(text))).toEqual(text)
  }
  expect(new Set(texts.map(({ id }) => id)).size).toBe(1000)
})

test('the checksum is that of the standard, so that scanners can check it', () => {
  const text = { id: '000000000000', secret: '0'.repeat(43) }

  expect(writeApiKey(text)).toBe(`slk1_${'0'.repeat(55)}3WZdaV`)
})

test('a text with any one character replaced is not an API key', () => {
  const key = writeApiKey(newApiKeyText())

  const replaced = key
    .split('')
    .flatMap((_, i) => DIGITS.split('').map((digit) => key.slice(0, i) + digit + key.slice(i + 1)))

  expect(new Set(replaced.filter((text) => readApiKeyText(text) !== undefined))).toEqual(new Set([key]))
})

test.each(['', 'slk1_', 'x'.repeat(66), 'a'.repeat(1_000_000), 'slk2_'.padEnd(66, '0'), 'slk1_'.padEnd(66, '_')])(
  'a text of another form is not an API key',
  (text) => {
    expect(readApiKeyText(text)).toBeUndefined()
  },
)

test('only the secret has its hash', () => {
  const [one, other] = [newApiKeyText(), newApiKeyText()]
  const stored = hashSecret(one.secret)

  expect(isSecretOf(one.secret, stored)).toBe(true)
  expect(isSecretOf(other.secret, stored)).toBe(false)
  expect(isSecretOf(one.secret, '')).toBe(false)
})

test('hides all but the ids of API keys in a text', () => {
  const text = newApiKeyText()
  const key = writeApiKey(text)

  expect(hideApiKeys(`/v1/keys/${key}?a=${key}`)).toBe(`/v1/keys/slk1_${text.id}…?a=slk1_${text.id}…`)
  expect(hideApiKeys('nothing')).toBe('nothing')
})
