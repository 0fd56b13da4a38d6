import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { describe, expect, test } from 'vitest'

const root = join(import.meta.dirname, '..')

/** Every Markdown file of the repository, by its path from the root. */
const pages = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', '*.md'], {
  cwd: root,
  encoding: 'utf8',
})
  .split('\n')
  .filter((path) => path !== '' && existsSync(join(root, path)))

function read(path: string): string {
  return readFileSync(join(root, path), 'utf8')
}

/** The text without code blocks and code spans, whose brackets are no links. */
function proseOf(page: string): string {
  return read(page)
    .replace(/^(```|~~~)[\s\S]*?^\1/gm, '')
    .replace(/(?<!\[)`[^`\n]*`(?!\])/g, '')
}

/** Targets of links that stay inside the repository. */
function relativeLinks(page: string): string[] {
  const targets = [...proseOf(page).matchAll(/\]\(<?([^)<>\s]+)>?(?: "[^"]*")?\)/g)].map(([, target = '']) => target)
  return targets.filter((target) => !/^[a-z][a-z+.-]*:/i.test(target))
}

/** The anchors of a page, as GitHub derives them from its headings. */
function anchorsOf(page: string): string[] {
  const headings = [...read(page).matchAll(/^#{1,6} (.+)$/gm)].map(([, heading = '']) => heading)
  return headings.map((heading) =>
    heading
      .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .trim()
      .replaceAll(' ', '-'),
  )
}

/** Links of a page whose file does not exist, or whose anchor the target does not have. */
function brokenLinks(page: string): string[] {
  return relativeLinks(page).filter((link) => {
    const [path = '', anchor] = link.split('#')
    const target = path === '' ? page : normalize(join(dirname(page), path))
    if (!existsSync(join(root, target))) return true
    return anchor !== undefined && target.endsWith('.md') && !anchorsOf(target).includes(anchor)
  })
}

test.each(pages)('every relative link of %s resolves', (page) => {
  expect(brokenLinks(page)).toEqual([])
})

/** Matches a file that defines a function, or a script. */
function definitionOf(name: string, path: string): RegExp {
  if (path.endsWith('.lua')) return new RegExp(`^--\\[\\[\n${name}: `)
  return new RegExp(`^export (async )?(function|const|class) ${name}\\b`, 'm')
}

describe('the main path in CONTRIBUTING.md', () => {
  const section = /^## The main path$([\s\S]*?)^## /m.exec(read('CONTRIBUTING.md'))?.[1] ?? ''
  const steps = [...section.matchAll(/\[`([\w-]+)`\]\(([^)]+)\)/g)].map(([, name = '', path = '']) => ({ name, path }))

  test('has steps', () => {
    expect(steps.length).toBeGreaterThan(10)
  })

  test.each(steps)('$path defines $name', ({ name, path }) => {
    expect(read(path)).toMatch(definitionOf(name, path))
  })
})

test('each decision has a number of its own, which its title repeats', () => {
  const decisions = pages.filter((page) => page.startsWith('docs/adr/'))
  const numbers = decisions.map((page) => Number(/(\d{4})-/.exec(page)?.[1]))
  const titles = decisions.map((page) => Number(/^# (\d+)\./.exec(read(page))?.[1]))

  expect(numbers).toEqual(decisions.map((_, i) => i + 1))
  expect(titles).toEqual(numbers)
})
