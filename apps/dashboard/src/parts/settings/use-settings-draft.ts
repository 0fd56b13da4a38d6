import { ApiError } from '@sluice/client'
import { useEffect, useState } from 'preact/hooks'
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
  /** Changes the settings that the body names, if they have this version. Returns what is stored then. */
  save: (change: Record<string, unknown>, etag: string, reason: string | undefined) => Promise<View>
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

/** What was saved, until what is stored is read again. */
interface Saved {
  /** What was stored before, as far as the page knew. */
  before: Draft
  after: Draft
}

/** Keeps what a person changes apart from what is stored, and never overwrites what somebody else changes meanwhile. */
export function useSettingsDraft<View extends object>(source: SettingsSource<View>): SettingsDraft {
  const { settings } = source
  const [touched, setTouched] = useState<Draft>({})
  const [base, setBase] = useState<Draft>({})
  const [refused, setRefused] = useState<Versioned<View>>()
  const [saved, setSaved] = useState<Saved>()
  const isTouched = Object.keys(touched).length > 0
  const stored = newerOf(source.stored, refused)
  const read = readDraft(settings, stored.view)
  const isReadAgain = saved !== undefined && differences(settings, saved.before, read).length > 0
  useEffect(() => {
    if (isReadAgain) setSaved(undefined)
  }, [isReadAgain])
  // Otherwise the page would take back what it has saved, and then find that somebody has changed it.
  const latest = saved === undefined || isReadAgain ? read : saved.after
  // What the person's changes are based on. Without changes, that is what is stored.
  const before = isTouched ? base : latest
  const draft = { ...before, ...touched }

  return {
    draft,
    changes: differences(settings, before, draft),
    meanwhile: differences(settings, before, latest),
    drop: () => setTouched({}),
    keep: () => setBase(latest),
    set: (path, text) => {
      if (!isTouched) setBase(latest)
      setTouched({ ...touched, [path]: text })
    },
    save: async (reason) => {
      const result = await saveUnlessChanged(source, { before, draft, etag: stored.etag, reason })
      if (result.kind === 'overtaken') {
        setRefused(result.stored)
        return false
      }
      setSaved({ before: read, after: readDraft(settings, result.view) })
      setTouched({})
      return true
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

/** Whether changes were stored, and what is stored. */
type Result<View> = { kind: 'saved'; view: View } | { kind: 'overtaken'; stored: Versioned<View> }

/**
 * Stores the changes unless a setting that the person has seen is another one now. A new version alone is no obstacle:
 * pausing a queue makes one, too.
 */
async function saveUnlessChanged<View extends object>(
  { settings, save, read }: SettingsSource<View>,
  { before, draft, etag, reason }: Attempt,
): Promise<Result<View>> {
  const change = changeOf(settings, before, draft)
  for (let version = etag; ;) {
    try {
      return { kind: 'saved', view: await save(change, version, reason) }
    } catch (error) {
      if (!(error instanceof ApiError && error.code === 'SLUICE_SETTINGS_CHANGED')) throw error
    }
    const fresh = await read()
    if (differences(settings, before, readDraft(settings, fresh.view)).length > 0) {
      return { kind: 'overtaken', stored: fresh }
    }
    version = fresh.etag
  }
}
