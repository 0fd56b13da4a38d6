/** A source of numbers from 0 up to 1. */
type Random = () => number

const SCALARS = ['1', '-0.5e3', 'true', 'null', '""', '"a"', '"],[{"', '"\\\\"', '"\\""', '"é😀"', '"tasks"', '"a:b"']
const SPACES = ['', '', ' ', '\n\t']

/** The text of a random JSON value. */
export function randomJson(random: Random, depth = 0): string {
  const space = () => SPACES[Math.floor(random() * SPACES.length)] ?? ''
  const members = () => Array.from({ length: Math.floor(random() * 4) }, () => randomJson(random, depth + 1))
  if (depth > 3 || random() < 0.4) return SCALARS[Math.floor(random() * SCALARS.length)] ?? '1'
  if (random() < 0.5) return `[${space()}${members().join(`${space()},${space()}`)}]`
  return `{${members()
    .map((value, i) => `${space()}"${i === 0 ? 'tasks' : `k${i}`}"${space()}:${space()}${value}`)
    .join(',')}}`
}

const SPOILERS = ['', ',', '"', '[', ']', '{', '}', ':', '\\', ' ', '1', '"tasks":[1],']

/** The text with one character replaced by something else. */
export function spoil(json: string, random: Random): string {
  const at = Math.floor(random() * json.length)
  return json.slice(0, at) + (SPOILERS[Math.floor(random() * SPOILERS.length)] ?? '') + json.slice(at + 1)
}
