import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { addRelease, type Change } from './changelog.ts'

/** Turns all changesets into the next version and a section of CHANGELOG.md. Fails if no changeset exists. */

const PLAN = '.cache/release.json'

interface Plan {
  changesets: { summary: string; releases: { type: Change['type'] }[] }[]
  releases: { newVersion: string }[]
}

mkdirSync('.cache', { recursive: true })
changeset('status', '--output', PLAN)
const { changesets, releases } = JSON.parse(readFileSync(PLAN, 'utf8')) as Plan
const version = releases[0]?.newVersion
if (version === undefined)
  throw new Error('No changeset exists, so this release would be empty. Add one with "pnpm changeset".')

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
