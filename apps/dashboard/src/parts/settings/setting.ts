import type { FieldInput } from './field-input.ts'

/** A setting of an object, and how a person changes it. */
export interface Setting {
  /** Where it stands in the object and in the body that changes it: `retry.maxAttempts`. */
  path: string
  label: string
  input: FieldInput
  /** What it means, its bounds and its default. */
  hint?: string
  /** What an empty value means: `none`. Absent: it must have a value. */
  emptyText?: string
  /** Whether the person may only read it. */
  isReadOnly?: boolean
}

/** Settings that belong together. */
export interface SettingGroup {
  title: string
  hint?: string
  settings: readonly Setting[]
}

/** The member of an object that a path leads to. Undefined: it is absent. */
export function memberOf(object: object, path: string): unknown {
  let member: unknown = object
  for (const name of path.split('.')) member = (member as Record<string, unknown> | null | undefined)?.[name]
  return member
}

/** An object with one member, at the end of a path: `retry.maxAttempts` and 3 make `{ retry: { maxAttempts: 3 } }`. */
export function setMember(object: Record<string, unknown>, path: string, value: unknown): void {
  const names = path.split('.')
  const last = names.pop() ?? path
  let parent = object
  for (const name of names) parent = (parent[name] ??= {}) as Record<string, unknown>
  parent[last] = value
}
