import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { addRelease, type Change } from './changelog.ts'

/** Turns all changesets into new versions and a section of CHANGELOG.md. Fails if there are none. */

const PLAN = '.cache/release.json'

interface Plan {
  changesets: { summary: string; releases: { type: Change['type'] }[] }[]
  releases: { newVersion: string }[]
}

mkdirSync('.cache', { recursive: true })
changeset('status', '--output', PLAN)
const { changesets, releases } = JSON.parse(readFileSync(PLAN, 'utf8')) as Plan
const version = releases[0]?.newVersion
if (version === undefined) throw new Error('There are no changesets, so there is nothing to release.')

const changes = changesets.map(({ summary, releases: bumps }) => ({ summary, type: largest(bumps) }))
const date = new Date().toISOString().slice(0, 10)
writeFileSync('CHANGELOG.md', addRelease(readFileSync('CHANGELOG.md', 'utf8'), { version, date, changes }))
changeset('version')

function changeset(...args: string[]): void {
  execFileSync('pnpm', ['exec', 'changeset', ...args], { stdio: 'inherit' })
}

function largest(bumps: readonly { type: Change['type'] }[]): Change['type'] {
  return (['major', 'minor', 'patch'] as const).find((type) => bumps.some((bump) => bump.type === type)) ?? 'patch'
}
