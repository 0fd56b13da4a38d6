export type Random = () => number

/** Numbers from 0 up to 1, the same for the same seed (mulberry32). */
export function seededRandom(seed: number): Random {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let bits = Math.imul(state ^ (state >>> 15), 1 | state)
    bits = (bits + Math.imul(bits ^ (bits >>> 7), 61 | bits)) ^ bits
    return ((bits ^ (bits >>> 14)) >>> 0) / 4_294_967_296
  }
}

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
