import type { ComponentChildren } from 'preact'

/** A name and its value. Undefined: there is none. */
export type Fact = readonly [string, ComponentChildren]

/** Names and values. A fact without a value is left out. */
export function Facts({ facts }: { facts: readonly Fact[] }) {
  return (
    <dl class="facts">
      {facts
        .filter(([, value]) => value !== undefined)
        .map(([name, value]) => (
          <div key={name} class="fact">
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
    </dl>
  )
}
