import { expect, test } from 'vitest'
import { addRelease, readRelease } from '../script/changelog.ts'

const changelog = '# Changelog\n\nFor users.\n\n## 0.1.0 - 2026-11-28\n\n### Added\n\n- Everything.\n'

test('a release stands above the others, with what it changes by how much it changes', () => {
  const changes = [
    { type: 'patch', summary: 'A bug is fixed.' },
    { type: 'minor', summary: 'A feature.\n\nMore about it.\n' },
    { type: 'patch', summary: 'Another bug is fixed.' },
  ] as const

  expect(addRelease(changelog, { version: '0.2.0', date: '2026-12-24', changes })).toBe(
    `# Changelog

For users.

## 0.2.0 - 2026-12-24

### Added

- A feature.

  More about it.

### Fixed

- A bug is fixed.
- Another bug is fixed.

## 0.1.0 - 2026-11-28

### Added

- Everything.
`,
  )
})

test('the first release follows the introduction', () => {
  const changes = [{ type: 'major', summary: 'Everything is new.' }] as const

  expect(addRelease('# Changelog\n', { version: '1.0.0', date: '2027-01-01', changes })).toBe(
    '# Changelog\n\n## 1.0.0 - 2027-01-01\n\n### Changed\n\n- Everything is new.\n',
  )
})

test('the notes of a release are its section, and no other', () => {
  const two = addRelease(changelog, {
    version: '0.1.1',
    date: '2026-12-24',
    changes: [{ type: 'patch', summary: 'A fix.' }],
  })

  expect(readRelease(two, '0.1.1')).toBe('### Fixed\n\n- A fix.')
  expect(readRelease(two, '0.1.0')).toBe('### Added\n\n- Everything.')
})

test('a version that has no date has no notes', () => {
  expect(() => readRelease('## 0.1.0 - unreleased\n\n- Everything.\n', '0.1.0')).toThrow(
    'no section "## 0.1.0 - <date>"',
  )
})
