import { hideApiKeys } from '@sluice/engine'

/** Control characters, those that change the direction of text or take no room, line separators, and half pairs. */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu

/**
 * A text in which characters that a terminal would act on, or not show, are written as JSON escapes them. Sentences
 * quote what clients send, and appear in logs and on terminals: a line break would forge an entry. Of API keys, only the
 * ids are readable.
 */
export function printable(text: string): string {
  return hideApiKeys(text.replaceAll(UNPRINTABLE, escape))
}

function escape(character: string): string {
  const units = Array.from({ length: character.length }, (_, i) => character.charCodeAt(i))
  return units.map((unit) => `\\u${unit.toString(16).padStart(4, '0')}`).join('')
}
