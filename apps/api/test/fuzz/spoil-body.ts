import type { Random } from '../../../../packages/engine/test/support/random.ts'
import { spoil } from '../support/random-json.ts'
import { DEPTHS, HOSTILE_BYTES, HOSTILE_NUMBERS, HOSTILE_TEXTS, POLLUTED_KEYS } from './hostile.ts'

/** Changes the text of a JSON body. */
export type Spoiler = (json: string, random: Random) => string | Buffer

/** Stands in a value for text that JSON.stringify would not write. */
const PLACE = '@fuzz@'

/** Ways to turn a valid body into one that is almost valid, or hostile. */
export const bodySpoilers: Readonly<Record<string, Spoiler>> = {
  type: (json, random) => replaceNode(json, random, random.pick(['null', 'true', '0', '"1"', '[]', '{}', '[[]]'])),
  number: (json, random) => replaceNode(json, random, random.pick(HOSTILE_NUMBERS)),
  unicode: (json, random) => replaceNode(json, random, JSON.stringify(random.pick(HOSTILE_TEXTS))),
  pollution: (json, random) => addMember(json, random, random.pick(POLLUTED_KEYS), '{"polluted":true}'),
  unknownMember: (json, random) => addMember(json, random, random.pick(HOSTILE_TEXTS), 'null'),
  missingMember: (json, random) => replaceNode(json, random, undefined),
  duplicateKey: (json) => json.replace(/^\{("[^"]*":)/, '{$1null,$1'),
  nesting: (json, random) => replaceNode(json, random, nested(random)),
  bytes: spoilBytes,
  characters: (json, random) => spoil(json, random.next),
  cut: (json, random) => json.slice(0, random.int(0, json.length)),
}

function nested(random: Random): string {
  const depth = random.pick(DEPTHS)
  return random.chance(0.5) ? '['.repeat(depth) + ']'.repeat(depth) : '{"a":'.repeat(depth) + '1' + '}'.repeat(depth)
}

function spoilBytes(json: string, random: Random): Buffer {
  const bytes = Buffer.from(json)
  const at = random.int(0, bytes.length)
  const hostile = Buffer.from(random.pick(HOSTILE_BYTES), 'latin1')
  return Buffer.concat([bytes.subarray(0, at), hostile, bytes.subarray(at + random.int(0, 1))])
}

/** The place of a value: what it is a member of. */
interface Place {
  parent: Record<string, unknown>
  name: string
}

/** Replaces one random value, the whole included, by a text. Undefined: removes it. */
function replaceNode(json: string, random: Random, text: string | undefined): string {
  const root = { root: JSON.parse(json) as unknown }
  const { parent, name } = random.pick(placesIn(root))
  parent[name] = text === undefined ? undefined : PLACE
  return (JSON.stringify(root.root) ?? '').replace(JSON.stringify(PLACE), () => text ?? '')
}

/** Adds a member to one random object. */
function addMember(json: string, random: Random, key: string, text: string): string {
  const root = { root: JSON.parse(json) as unknown }
  const objects = placesIn(root)
    .map(({ parent, name }) => parent[name])
    .filter((value) => typeof value === 'object' && value !== null && !Array.isArray(value)) as object[]
  if (objects.length === 0) return json
  Object.assign(random.pick(objects), { [PLACE]: 0 })
  return JSON.stringify(root.root).replace(`${JSON.stringify(PLACE)}:0`, () => `${JSON.stringify(key)}:${text}`)
}

function placesIn(parent: Record<string, unknown>): Place[] {
  return Object.entries(parent).flatMap(([name, value]) => [
    { parent, name },
    ...(typeof value === 'object' && value !== null ? placesIn(value as Record<string, unknown>) : []),
  ])
}
