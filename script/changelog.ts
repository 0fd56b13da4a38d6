/** A change in a release, as described by its changeset. */
export interface Change {
  type: 'major' | 'minor' | 'patch'
  /** Markdown: a sentence for users, followed by further paragraphs if necessary. */
  summary: string
}

/** The sections of a release, in order. */
const SECTIONS = [
  { title: 'Changed', type: 'major' },
  { title: 'Added', type: 'minor' },
  { title: 'Fixed', type: 'patch' },
] as const

/** Inserts a release above all others. `date` is in ISO 8601, such as 2026-11-28. */
export function addRelease(
  changelog: string,
  { version, date, changes }: { version: string; date: string; changes: readonly Change[] },
): string {
  const sections = SECTIONS.flatMap(({ title, type }) => {
    const items = changes.filter((change) => change.type === type).map(({ summary }) => toListItem(summary))
    return items.length === 0 ? [] : [`### ${title}\n\n${items.join('\n')}\n`]
  })
  const release = [`## ${version} - ${date}\n`, ...sections].join('\n')
  const newest = changelog.search(/^## /m)
  return newest === -1
    ? `${changelog}\n${release}`
    : `${changelog.slice(0, newest)}${release}\n${changelog.slice(newest)}`
}

function toListItem(summary: string): string {
  return `- ${summary.trim().replaceAll(/\n(?=.)/g, '\n  ')}`
}

/**
 * Returns the text of a dated release, without its heading.
 *
 * @throws {Error} if CHANGELOG.md has no such section. This keeps an undocumented version from being released.
 */
export function readRelease(changelog: string, version: string): string {
  const releases = changelog.split(/^(?=## )/m).map((section) => ({
    heading: section.slice(0, section.indexOf('\n')),
    text: section.slice(section.indexOf('\n')).trim(),
  }))
  const start = `## ${version} - `
  const release = releases.find(({ heading }) => heading.startsWith(start) && /\d{4}-\d\d-\d\d$/.test(heading))
  if (release === undefined) throw new Error(`CHANGELOG.md has no section "${start}<date>".`)
  return release.text
}
