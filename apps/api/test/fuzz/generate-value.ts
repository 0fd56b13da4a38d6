import type { Random } from '../../../../packages/engine/test/support/random.ts'
import type { Schema } from './api-document.ts'
import { FUZZ_TENANTS } from './principals.ts'
import { HOSTILE_TEXTS } from './hostile.ts'
import type { World } from './world.ts'

/** Strings of which at least one matches each pattern of the API. */
const CANDIDATES = [
  'metadata.customer',
  'metadata.__proto__',
  'a',
  'fuzz',
  'q1',
  'q*',
  'tokens',
  'requests',
  'x-fuzz',
  '"1"',
  'é',
  'https://fuzz.invalid/v1',
  '/docs',
  '7Yb3kQ0pXz2M',
  '7Yb3kQ0pXz2MhJ0bq4nTz81c',
  '2999-01-31T12:00:00Z',
  '2026-01-31T12:00:00Z',
  '1764415000000-0',
  'batches,queues,limits,workers,system',
]

/** Members whose value should name something that exists. */
const REFERENCES: Readonly<Record<string, string>> = { queue: '/v1/queues', limit: '/v1/limits' }

const OPTIONAL_SHARE = 0.35

/** Generates values that match a schema, or lie at or just beyond its bounds. */
export class ValueGenerator {
  readonly #random: Random
  readonly #world: World
  /** The share of values that lie at or beyond a bound. */
  readonly #edgeShare: number

  constructor(random: Random, world: World, edgeShare: number) {
    this.#random = random
    this.#world = world
    this.#edgeShare = edgeShare
  }

  generate(schema: Schema, name = ''): unknown {
    if (schema.const !== undefined) return schema.const
    if (schema.enum !== undefined) return this.#random.pick(schema.enum)
    if (schema.anyOf !== undefined) return this.generate(this.#random.pick(schema.anyOf), name)
    switch (schema.type) {
      case 'object':
        return this.#object(schema)
      case 'array':
        return this.#array(schema, name)
      case 'string':
        return this.#string(schema, name)
      case 'integer':
        return name === 'offset' && this.#random.chance(0.7) ? 0 : this.#number(schema, 1)
      case 'number':
        return this.#number(schema, 0.25)
      case 'boolean':
        // Batches that are sealed at once accept no more tasks.
        return this.#random.chance(name.startsWith('seal') ? 0.2 : 0.5)
      case 'null':
        return null
      case undefined:
      default:
        return name === 'payload' ? this.#payload() : this.anything()
    }
  }

  /** Any JSON value. */
  anything(depth = 0): unknown {
    const { int, chance, pick } = bound(this.#random)
    if (depth > 3 || chance(0.5)) return pick([null, true, 0, -1.5, 1e300, '', 'text', pick(HOSTILE_TEXTS)])
    const members = Array.from({ length: int(0, 3) }, () => this.anything(depth + 1))
    return chance(0.5)
      ? members
      : Object.fromEntries(members.map((member, i) => [`${pick(['k', 'é', ' '])}${i}`, member]))
  }

  #payload(): unknown {
    const status = this.#random.pick([200, 200, 200, 404, 429, 500])
    return this.#random.chance(0.85) ? { url: `${this.#world.upstream}/${status}` } : this.anything()
  }

  #object({ properties = {}, required = [], patternProperties = {} }: Schema): Record<string, unknown> {
    const members = Object.entries(properties)
      .filter(([name, schema]) => required.includes(name) || this.#random.chance(shareOf(schema)))
      .map(([name, schema]): [string, unknown] => [name, this.generate(schema, name)])
    const others = Object.entries(patternProperties).flatMap(([pattern, schema]) =>
      Array.from({ length: this.#random.int(0, 2) }, (): [string, unknown] => [
        this.#matching({ pattern }),
        this.generate(schema),
      ]),
    )
    return Object.fromEntries([...members, ...others])
  }

  #array({ items = {}, minItems = 0, maxItems = 5 }: Schema, name: string): unknown[] {
    const usual = this.#random.int(minItems, Math.min(maxItems, minItems + 3))
    const length = this.#isEdge() ? this.#random.pick([minItems, minItems - 1, maxItems, maxItems + 1]) : usual
    return Array.from({ length: Math.max(0, length) }, () => this.generate(items, name))
  }

  #number({ minimum = 0, maximum = 2 ** 53 - 1 }: Schema, step: number): number {
    if (this.#isEdge()) {
      return this.#random.pick([minimum, minimum - step, maximum, maximum + step, 0, minimum + 0.5, -0, 1e21])
    }
    // Small values more often: large ones keep others from happening.
    const highest = this.#random.chance(0.7) ? Math.min(maximum, minimum + 20) : Math.min(maximum, minimum + 1e6)
    return this.#random.int(Math.ceil(minimum / step), Math.floor(highest / step)) * step
  }

  #string(schema: Schema, name: string): string {
    const { minLength = 0, maxLength = 300 } = schema
    const reference = REFERENCES[name]
    if (reference !== undefined && this.#random.chance(0.9)) return this.#world.pick(reference, this.#random) ?? 'none'
    if (name.startsWith('tenant') && this.#random.chance(0.8)) return this.#random.pick([...FUZZ_TENANTS, 'default'])
    if (name === 'type' && this.#random.chance(0.8)) return 'http'
    // The other candidate is further in the future than a batch may start.
    if (name === 'startAt' && this.#random.chance(0.8)) return '2026-01-31T12:00:00Z'
    if (name === 'apiKey' && this.#random.chance(0.8)) return this.#random.pick(this.#world.apiKeys)
    if (!this.#isEdge()) return this.#matching(schema)
    const lengths = [minLength, minLength - 1, maxLength, maxLength + 1]
    return this.#random.chance(0.5)
      ? this.#random.pick(HOSTILE_TEXTS)
      : this.#random.pick(['a', 'é', '😀']).repeat(Math.max(0, this.#random.pick(lengths)))
  }

  #matching({ pattern = '', maxLength = 300 }: Schema): string {
    const expression = new RegExp(pattern, 'u')
    const fresh = `f${this.#random.int(0, 1_000_000_000).toString(36)}`
    const fitting = [fresh, ...CANDIDATES].filter((text) => text.length <= maxLength && expression.test(text))
    if (fitting.length === 0) throw new Error(`No candidate matches ${pattern}. Add one.`)
    return this.#random.chance(0.6) ? (fitting[0] ?? '') : this.#random.pick(fitting)
  }

  #isEdge(): boolean {
    return this.#random.chance(this.#edgeShare)
  }
}

/** A read-only member is accepted with one value alone. */
function shareOf({ readOnly = false }: Schema): number {
  return readOnly ? OPTIONAL_SHARE / 10 : OPTIONAL_SHARE
}

function bound(random: Random) {
  return {
    int: random.int.bind(random),
    chance: random.chance.bind(random),
    pick: <T>(values: readonly T[]) => random.pick(values),
  }
}
