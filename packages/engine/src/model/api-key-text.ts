import { hash, randomBytes, timingSafeEqual } from 'node:crypto'
import { crc32 } from 'node:zlib'

/** What an API key consists of. */
export interface ApiKeyText {
  /** Public: logs, lists and answers show it. */
  id: string
  secret: string
}

const PREFIX = 'slk1_'
/** Characters of the id of an API key. */
export const API_KEY_ID_LENGTH = 12
/** Characters of the secret of an API key: 62^43 > 2^256. */
export const API_KEY_SECRET_LENGTH = 43
const CHECKSUM_LENGTH = 6
const DIGITS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'

const FORM = new RegExp(
  `^${PREFIX}([0-9A-Za-z]{${API_KEY_ID_LENGTH}})([0-9A-Za-z]{${API_KEY_SECRET_LENGTH}})[0-9A-Za-z]{6}$`,
)
const LENGTH = PREFIX.length + API_KEY_ID_LENGTH + API_KEY_SECRET_LENGTH + CHECKSUM_LENGTH

/** Creates a random API key. */
export function newApiKeyText(): ApiKeyText {
  return { id: randomDigits(API_KEY_ID_LENGTH), secret: randomDigits(API_KEY_SECRET_LENGTH) }
}

/**
 * Writes an API key as clients send it: `slk1_`, its id, its secret, and the CRC-32 of all before. Nothing separates
 * them, so that a double click selects the whole key.
 */
export function writeApiKey({ id, secret }: ApiKeyText): string {
  const body = `${PREFIX}${id}${secret}`
  return body + checksumOf(body)
}

/** Reads an API key. Returns undefined if the text is not one, which its checksum shows without a look-up. */
export function readApiKeyText(text: string): ApiKeyText | undefined {
  if (text.length !== LENGTH) return undefined
  const [, id, secret] = FORM.exec(text) ?? []
  if (id === undefined || secret === undefined) return undefined
  return text.endsWith(checksumOf(text.slice(0, -CHECKSUM_LENGTH))) ? { id, secret } : undefined
}

/** The hash of a secret, which Redis has instead of the secret. */
export function hashSecret(secret: string): string {
  return hash('sha256', secret, 'base64url')
}

/** Whether a secret has this hash. The time that the comparison takes says nothing about either. */
export function isSecretOf(secret: string, stored: string): boolean {
  const [sent, expected] = [Buffer.from(hashSecret(secret)), Buffer.from(stored)]
  return sent.length === expected.length && timingSafeEqual(sent, expected)
}

/** What follows an id may be a secret, whether or not the whole is an API key. */
const ID_AND_MORE = new RegExp(`(${PREFIX}[0-9A-Za-z]{${API_KEY_ID_LENGTH}})[0-9A-Za-z]+`, 'g')

/** Whether a text contains what may be an API key. */
export function showsApiKey(text: string): boolean {
  return text.includes(PREFIX)
}

/** A text in which at most the ids of API keys are readable. */
export function hideApiKeys(text: string): string {
  return showsApiKey(text) ? text.replaceAll(ID_AND_MORE, '$1…') : text
}

/** A digit of base 62 for each byte. Digits of random bytes are not uniform. */
export function digitsOf(bytes: Uint8Array): string {
  return [...bytes].map((byte) => DIGITS.charAt(byte % DIGITS.length)).join('')
}

function checksumOf(text: string): string {
  let rest = crc32(text)
  let digits = ''
  for (let i = 0; i < CHECKSUM_LENGTH; i += 1) {
    digits = DIGITS.charAt(rest % DIGITS.length) + digits
    rest = Math.floor(rest / DIGITS.length)
  }
  return digits
}

/** The largest multiple of 62 in a byte: the bytes from it on would make the first digits more frequent. */
const UNIFORM_BELOW = 248

/** Random digits of base 62. */
export function randomDigits(length: number): string {
  let digits = ''
  while (digits.length < length) {
    for (const byte of randomBytes(length)) if (byte < UNIFORM_BELOW) digits += DIGITS.charAt(byte % DIGITS.length)
  }
  return digits.slice(0, length)
}
