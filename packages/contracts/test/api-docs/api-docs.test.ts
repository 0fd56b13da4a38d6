import { type Operation, operations } from '../../src/index.ts'
import { expect, test } from 'vitest'
import { renderApi } from './render-api.ts'

const page = renderApi(Object.values(operations) as Operation[])

test('docs/api.md describes every operation as the table does', async () => {
  await expect(page).toMatchFileSnapshot('../../../../docs/api.md')
})

test('every link within the page has a target', () => {
  const headings = [...page.matchAll(/^#+ (.+)$/gm)].map(([, text = '']) => text.toLowerCase().replaceAll(' ', '-'))
  const targets = [...page.matchAll(/\]\(#([^)]+)\)/g)].map(([, anchor]) => anchor)

  expect(headings).toEqual(expect.arrayContaining(targets))
  expect(new Set(headings).size).toBe(headings.length)
})
