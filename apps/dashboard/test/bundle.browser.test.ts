import { readdirSync, readFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'

const assets = new URL('../dist/assets/', import.meta.url)

function gzippedBytes(extension: string): number {
  return readdirSync(assets)
    .filter((name) => name.endsWith(extension))
    .map((name) => gzipSync(readFileSync(new URL(name, assets)), { level: 9 }).length)
    .reduce((sum, size) => sum + size, 0)
}

test('all scripts together stay under 90 KB compressed, and all styles under 15 KB', () => {
  expect(gzippedBytes('.js')).toBeLessThan(90_000)
  expect(gzippedBytes('.css')).toBeLessThan(15_000)
})

test('the page names nothing on another host, and holds no inline script or style', () => {
  const page = readFileSync(new URL('../dist/index.html', import.meta.url), 'utf8')

  expect(page).not.toMatch(/(?:src|href)="(?:https?:)?\/\//)
  expect(page).not.toMatch(/<style|style="|<script(?![^>]*src=)/)
})
