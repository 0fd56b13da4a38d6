import type { SettingSchema } from './setting-schema.ts'

/**
 * Turns the text of an environment variable into the type its schema asks for. Text that does not convert is
 * returned as it is, so that the check which follows refuses it.
 */
export function convertValue(schema: SettingSchema, text: string): unknown {
  switch (schema.type ?? 'string') {
    case 'integer':
      return toInteger(text)
    case 'number':
      return /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : text
    case 'boolean':
      return text === 'true' ? true : text === 'false' ? false : text
    case 'array':
      return toList(schema.items ?? {}, text)
    default:
      return text
  }
}

function toInteger(text: string): unknown {
  const value = Number(text)
  return /^-?\d+$/.test(text) && Number.isSafeInteger(value) ? value : text
}

function toList(items: SettingSchema, text: string): unknown[] {
  const entries = text.split(',').map((entry) => entry.trim())
  // An empty entry is a slip of the pen ("a,,b"): undefined fits no schema, where '' would fit any string.
  return entries.map((entry) => (entry === '' ? undefined : convertValue(items, entry)))
}
