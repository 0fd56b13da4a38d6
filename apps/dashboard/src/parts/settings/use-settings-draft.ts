import { ApiError } from '@sluice/client'
import { useState } from 'preact/hooks'
import { changeOf, type Difference, differences, type Draft, readDraft } from './draft.ts'
import type { Setting } from './setting.ts'

/** An object as it was read, with the version of its settings. */
export interface Versioned<View> {
  view: View
  etag: string
}

/** How settings are read and changed. */
export interface SettingsSource<View> {
  settings: readonly Setting[]
  /** What is stored, as the page knows it. */
  stored: Versioned<View>
  /** Reads what is stored now. */
  read: () => Promise<Versioned<View>>
  /** Changes the settings that the body names, if they have this version. */
  save: (change: Record<string, unknown>, etag: string, reason: string | undefined) => Promise<unknown>
}

/** Settings that a person is changing. */
export interface SettingsDraft {
  draft: Draft
  /** What the person has changed. */
  changes: Difference[]
  /** What somebody else has changed since the person began. */
  meanwhile: Difference[]
  set: (path: string, text: string) => void
  /** Forgets the changes of the person. */
  drop: () => void
  /** Keeps the changes of the person, on top of what somebody else has changed. */
  keep: () => void
  /** Stores the changes. Returns whether it did: not if somebody else has changed settings, which `meanwhile` then lists. */
  save: (reason: string | undefined) => Promise<boolean>
}

/** Keeps what a person changes apart from what is stored, and never overwrites what somebody else changes meanwhile. */
export function useSettingsDraft<View extends object>(source: SettingsSource<View>): SettingsDraft {
  const { settings } = source
  const [touched, setTouched] = useState<Draft>({})
  // The version that the person's changes are based on. Without changes, that is what is stored.
  const [base, setBase] = useState(source.stored)
  const [refused, setRefused] = useState<Versioned<View>>()
  const isTouched = Object.keys(touched).length > 0
  const stored = newerOf(source.stored, refused)
  const before = readDraft(settings, (isTouched ? base : stored).view)
  const draft = { ...before, ...touched }
  const meanwhile = isTouched ? differences(settings, before, readDraft(settings, stored.view)) : []

  const drop = () => {
    setTouched({})
    setBase(stored)
  }
  return {
    draft,
    changes: differences(settings, before, draft),
    meanwhile,
    drop,
    keep: () => setBase(stored),
    set: (path, text) => {
      if (!isTouched) setBase(stored)
      setTouched({ ...touched, [path]: text })
    },
    save: async (reason) => {
      const overtaken = await saveUnlessChanged(source, { before, draft, etag: stored.etag, reason })
      if (overtaken === undefined) drop()
      else setRefused(overtaken)
      return overtaken === undefined
    },
  }
}

/** The version is a number in quotes, and only rises. */
function newerOf<View>(one: Versioned<View>, other: Versioned<View> | undefined): Versioned<View> {
  return other !== undefined && JSON.parse(other.etag) > JSON.parse(one.etag) ? other : one
}

interface Attempt {
  before: Draft
  draft: Draft
  etag: string
  reason: string | undefined
}

/**
 * Stores the changes unless a setting that the person has seen is another one now. Returns what is stored then. A new
 * version alone is no obstacle: pausing a queue makes one, too.
 */
async function saveUnlessChanged<View extends object>(
  { settings, save, read }: SettingsSource<View>,
  { before, draft, etag, reason }: Attempt,
): Promise<Versioned<View> | undefined> {
  const change = changeOf(settings, before, draft)
  for (let version = etag; ;) {
    try {
      await save(change, version, reason)
      return undefined
    } catch (error) {
      if (!(error instanceof ApiError && error.code === 'SLUICE_SETTINGS_CHANGED')) throw error
    }
    const fresh = await read()
    if (differences(settings, before, readDraft(settings, fresh.view)).length > 0) return fresh
    version = fresh.etag
  }
}
