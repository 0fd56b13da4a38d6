import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import type { Script } from '../src/scripts/define-script.ts'

const luaFolder = new URL('../lua/', import.meta.url)
const wrapperFolder = new URL('../src/scripts/', import.meta.url)

function namesIn(folder: URL, extension: string): string[] {
  return readdirSync(folder)
    .filter((file) => file.endsWith(extension))
    .map((file) => file.slice(0, -extension.length))
    .toSorted()
}

const libraries = namesIn(new URL('lib/', luaFolder), '.lua').map((name) => `lib/${name}`)
type AnyScript = Script<string, string, never, unknown>

const scripts = await loadScripts()

/** Loads every script that a module of `src/scripts` exports. */
async function loadScripts(): Promise<AnyScript[]> {
  const modules = namesIn(wrapperFolder, '.ts').filter((name) => name !== 'define-script')
  const loaded = await Promise.all(
    modules.map((name): Promise<Record<string, unknown>> => import(new URL(`${name}.ts`, wrapperFolder).href)),
  )
  return loaded.flatMap((exported) => Object.values(exported)).filter(isScript)
}

function isScript(value: unknown): value is AnyScript {
  return typeof value === 'object' && value !== null && 'source' in value && 'keys' in value
}

function readLua(name: string): string {
  return readFileSync(new URL(`${name}.lua`, luaFolder), 'utf8')
}

function includesOf(source: string): string[] {
  return [...source.matchAll(/^--- @include "(.+)"$/gm)].map(([, name]) => name ?? '')
}

interface Operand {
  kind: string
  position: number
  /** `+` for the operand that stands for a variable number of arguments. */
  more: string
  name: string
}

/** Parses the lines `KEYS[1]  meta …` and `ARGV[6+]  outcomes …` of a header. */
function operandsOf(source: string): Operand[] {
  const header = /^(?:#!.*\n)?--\[\[\n(.*?)\n\]\]/s.exec(source)?.[1] ?? ''
  return [...header.matchAll(/^(KEYS|ARGV)\[(\d+)(\+?)\]\s+(\w+)/gm)].map(
    ([, kind = '', at, more = '', name = '']) => ({
      kind,
      position: Number(at),
      more,
      name,
    }),
  )
}

test('each script has one wrapper of the same name, and each wrapper has a script', () => {
  expect(scripts.map(({ name }) => name).toSorted()).toEqual(namesIn(luaFolder, '.lua'))
})

describe.each(scripts)('$name', ({ name, source, keys, args, rest, kinds }) => {
  test('its header names the operands of its wrapper in order', () => {
    const operands = operandsOf(source)

    expect(operands).toEqual([
      ...keys.map((key, i) => ({ kind: 'KEYS', position: i + 1, more: '', name: key })),
      ...args.map((arg, i) => ({ kind: 'ARGV', position: i + 1, more: '', name: arg })),
      ...(rest === undefined ? [] : [{ kind: 'ARGV', position: args.length + 1, more: '+', name: rest }]),
    ])
  })

  test('its header lists the replies that its wrapper decodes', () => {
    const header = /^(?:#!.*\n)?--\[\[\n(.*?)\n\]\]/s.exec(source)?.[1] ?? ''
    const returns = header.slice(header.indexOf('\nReturns'), header.search(/\n(Safe|Not safe) to repeat/))

    const listed = [...returns.matchAll(/\{ "(\w+)"/g)].map(([, kind]) => kind)
    expect(listed.toSorted()).toEqual(kinds.toSorted())
  })

  test('its header starts with its name and states replies, repeatability and cost', () => {
    expect(source).toMatch(new RegExp(`^(?:#!.*\n)?--\\[\\[\n${name}: `))
    for (const part of [/^Returns {2}\{ "/m, /^(Safe|Not safe) to repeat/m, /^Cost: /m]) expect(source).toMatch(part)
  })

  test('each library it includes exists, includes no other, and is included once', () => {
    const included = includesOf(readLua(name))

    expect(libraries).toEqual(expect.arrayContaining(included))
    expect(new Set(included).size).toBe(included.length)
    expect(included.flatMap((library) => includesOf(readLua(library)))).toEqual([])
    expect(includesOf(source), 'lines left in the loaded source').toEqual([])
  })

  test('it uses KEYS and ARGV by index only where it names them', () => {
    const body = readLua(name).replace(/^--\[\[.*?\n\]\]\n/s, '')

    const positions = [...body.matchAll(/^(?!local ).*\b(KEYS|ARGV)\[\d+\]/gm)].map(([line]) => line)
    expect(positions).toEqual([])
  })

  test('it reads the time only through lib/clock, scans no keys, and contains no key prefix', () => {
    const body = readLua(name)

    expect(body).not.toMatch(/redis\.call\('(KEYS|SCAN|TIME)'/)
    expect(body).not.toMatch(/'sluice:/)
  })
})

test('each library is included by at least one script', () => {
  const included = new Set(scripts.flatMap(({ name }) => includesOf(readLua(name))))

  expect([...included].toSorted()).toEqual(libraries)
})
