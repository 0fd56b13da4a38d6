import { DURATION_HINT, DURATION_PATTERN } from '../../format/durations.ts'
import { Icon } from '../icon.tsx'
import { type TypedRule, typedRules } from './field-input.ts'

const MAX_RULES = 8

/** The rules of a new limit, as text of a field. */
export const FIRST_RULES = JSON.stringify([{ unit: 'requests', max: '500', per: '1m' }] satisfies TypedRule[])

/** Rules of a limit, one on each line. */
export function RulesInput({ value, onInput }: { value: string; onInput: (text: string) => void }) {
  const rules = value === '' ? [] : typedRules(value)
  const put = (changed: readonly TypedRule[]) => onInput(changed.length === 0 ? '' : JSON.stringify(changed))
  const change = (index: number, member: Partial<TypedRule>) =>
    put(rules.map((rule, at) => (at === index ? { ...rule, ...member } : rule)))
  return (
    <div class="stack">
      {rules.map((rule, index) => (
        <RuleInput
          // A rule has no name of its own: its place names it.
          key={index}
          place={index + 1}
          rule={rule}
          onChange={(member) => change(index, member)}
          onRemove={rules.length === 1 ? undefined : () => put(rules.filter((_, at) => at !== index))}
        />
      ))}
      {rules.length < MAX_RULES && (
        <div>
          <button type="button" class="button" onClick={() => put([...rules, { unit: 'tokens', max: '', per: '1m' }])}>
            Add a rule
          </button>
        </div>
      )}
    </div>
  )
}

function RuleInput({
  place,
  rule,
  onChange,
  onRemove,
}: {
  place: number
  rule: TypedRule
  onChange: (member: Partial<TypedRule>) => void
  onRemove: (() => void) | undefined
}) {
  return (
    <div class="rule">
      <input
        class="input"
        type="number"
        required
        min={1}
        max={1e12}
        aria-label={`Maximum of rule ${place}`}
        value={rule.max}
        onInput={({ currentTarget }) => onChange({ max: currentTarget.value })}
      />
      <input
        class="input"
        required
        pattern="[A-Za-z][A-Za-z0-9._\-]{0,62}"
        title="A letter, then letters, digits, dots, underscores and hyphens"
        spellcheck={false}
        aria-label={`Unit of rule ${place}`}
        value={rule.unit}
        onInput={({ currentTarget }) => onChange({ unit: currentTarget.value })}
      />
      <span>per</span>
      <input
        class="input"
        required
        pattern={DURATION_PATTERN}
        title={DURATION_HINT}
        aria-label={`Window of rule ${place}`}
        value={rule.per}
        onInput={({ currentTarget }) => onChange({ per: currentTarget.value })}
      />
      {onRemove && (
        <button
          type="button"
          class="button icon-button"
          data-kind="quiet"
          aria-label={`Remove rule ${place}`}
          onClick={onRemove}
        >
          <Icon name="close" />
        </button>
      )}
    </div>
  )
}
