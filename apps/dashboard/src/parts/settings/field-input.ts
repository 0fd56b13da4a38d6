import { exactDuration, parseDuration } from '../../format/durations.ts'
import { ruleText } from '../../format/limits.ts'
import { count } from '../../format/numbers.ts'

/** How a value is typed. */
export type FieldInput =
  | { kind: 'text'; pattern?: string; maxLength?: number; placeholder?: string }
  | { kind: 'number'; min: number; max: number; step?: number | 'any' }
  /** A share from 0 to 1, typed as a percentage. */
  | { kind: 'share' }
  /** Milliseconds, typed with a unit. */
  | { kind: 'duration' }
  /** A text of many lines. */
  | { kind: 'long' }
  /** A list of texts, one on each line. */
  | { kind: 'lines'; placeholder?: string }
  /** Texts by name, one `name: value` on each line. */
  | { kind: 'pairs'; placeholder?: string }
  | { kind: 'choice'; options: readonly string[] }
  /** Any number of the options. */
  | { kind: 'choices'; options: readonly string[] }
  | { kind: 'check' }
  /** Rules of a limit. */
  | { kind: 'rules' }

/** A rule of a limit as it is typed. */
export interface TypedRule {
  unit: string
  max: string
  per: string
}

interface Codec {
  /** The value as text in a field. */
  write: (value: never) => string
  /** The value that the text stands for. */
  read: (text: string) => unknown
  /** The text as people read it, if they cannot change it. */
  show?: (text: string) => string
}

const lines = (text: string) =>
  text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')

const CODECS: Readonly<Record<FieldInput['kind'], Codec>> = {
  text: { write: (value: string) => value, read: (text) => text.trim() },
  long: { write: (value: string) => value, read: (text) => text },
  choice: { write: (value: string) => value, read: (text) => text, show: (text) => text.replaceAll('_', ' ') },
  number: { write: (value: number) => String(value), read: Number, show: (text) => count(Number(text)) },
  share: {
    write: (share: number) => String(Number((share * 100).toPrecision(12))),
    read: (text) => Number((Number(text) / 100).toPrecision(12)),
    show: (text) => `${text} %`,
  },
  duration: { write: exactDuration, read: parseDuration },
  lines: { write: (value: readonly string[]) => value.join('\n'), read: lines },
  pairs: {
    write: (value: Record<string, string>) =>
      Object.entries(value)
        .map(([name, text]) => `${name}: ${text}`)
        .join('\n'),
    read: (text) => Object.fromEntries(lines(text).map(pairOf)),
  },
  choices: {
    write: (value: readonly string[]) => value.join(','),
    read: (text) => text.split(','),
    show: (text) => text.replaceAll(',', ', ').replaceAll('_', ' '),
  },
  check: { write: (value: boolean) => String(value), read: (text) => text === 'true', show: yesOrNo },
  rules: {
    write: (rules: readonly { unit: string; max: number; perMs: number }[]) =>
      JSON.stringify(rules.map(({ unit, max, perMs }) => ({ unit, max: String(max), per: exactDuration(perMs) }))),
    read: (text) =>
      typedRules(text).map(({ unit, max, per }) => ({ unit, max: Number(max), perMs: parseDuration(per) })),
    show: (text) =>
      typedRules(text)
        .map(({ unit, max, per }) => ruleText({ unit, max: Number(max), perMs: parseDuration(per) }))
        .join('\n'),
  },
}

/** The name ends at the first colon: a header value may have more of them. */
function pairOf(line: string): [string, string] {
  const colon = line.indexOf(':')
  return colon === -1 ? [line, ''] : [line.slice(0, colon).trim(), line.slice(colon + 1).trim()]
}

function yesOrNo(text: string): string {
  return text === 'true' ? 'yes' : 'no'
}

/** The rules that a field holds. */
export function typedRules(text: string): TypedRule[] {
  return JSON.parse(text) as TypedRule[]
}

/** The value as text in a field. Empty: there is none. */
export function writeField({ kind }: FieldInput, value: unknown): string {
  return value === undefined || value === null ? '' : CODECS[kind].write(value as never)
}

/** The value that a text in a field stands for. Null: none. */
export function readField({ kind }: FieldInput, text: string): unknown {
  return text.trim() === '' ? null : CODECS[kind].read(text)
}

/** The text of a field as people read it. */
export function showField({ kind }: FieldInput, text: string): string {
  return CODECS[kind].show?.(text) ?? text
}
