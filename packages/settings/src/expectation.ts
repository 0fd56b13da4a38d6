import type { SettingSchema, SettingWord } from './setting-schema.ts'

/** What a setting accepts, worded to follow "must be": "an integer from 0 to 65535". */
export function expectation(schema: SettingSchema): string {
  if (schema.expects !== undefined) return schema.expects
  const words = acceptedWords(schema)
  if (words.length > 0) return `${words.length > 1 ? 'one of ' : ''}${words.join(', ')}`

  switch (schema.type ?? 'string') {
    case 'integer':
      return `an integer${range(schema)}`
    case 'number':
      return `a number${range(schema)}`
    case 'boolean':
      return 'true or false'
    case 'array':
      return `a comma-separated list${listSize(schema)}, each ${expectation(schema.items ?? {})}`
    default:
      return `text${textRules(schema)}`
  }
}

function acceptedWords(schema: SettingSchema): readonly SettingWord[] {
  if (schema.const !== undefined) return [schema.const]
  return schema.enum ?? schema.anyOf?.flatMap((choice) => acceptedWords(choice)) ?? []
}

function range({ minimum, maximum, exclusiveMinimum, exclusiveMaximum }: SettingSchema): string {
  if (minimum !== undefined && maximum !== undefined) return ` from ${minimum} to ${maximum}`
  return rules([
    minimum !== undefined && `of at least ${minimum}`,
    exclusiveMinimum !== undefined && `above ${exclusiveMinimum}`,
    maximum !== undefined && `of at most ${maximum}`,
    exclusiveMaximum !== undefined && `below ${exclusiveMaximum}`,
  ])
}

function listSize({ minItems, maxItems }: SettingSchema): string {
  return rules([
    minItems !== undefined && minItems > 1 && `of at least ${minItems}`,
    maxItems !== undefined && `of at most ${maxItems}`,
  ])
}

function textRules({ minLength, maxLength, pattern, format }: SettingSchema): string {
  return rules([
    minLength !== undefined && minLength > 1 && `of at least ${minLength} characters`,
    maxLength !== undefined && `of at most ${maxLength} characters`,
    pattern !== undefined && `matching ${pattern instanceof RegExp ? pattern.source : pattern}`,
    format !== undefined && `in the format ${format}`,
  ])
}

function rules(candidates: (string | false)[]): string {
  const given = candidates.filter((rule) => rule !== false)
  return given.length === 0 ? '' : ` ${given.join(' and ')}`
}
