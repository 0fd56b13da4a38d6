import type { ComponentChildren } from 'preact'
import { useId } from 'preact/hooks'
import { DURATION_HINT, DURATION_PATTERN } from '../../format/durations.ts'
import { RulesInput } from './rules-input.tsx'
import type { Setting } from './setting.ts'

interface FieldProps {
  setting: Setting
  value: string
  onInput: (text: string) => void
}

/** A field for a setting, with its label and what it means. */
export function SettingField({ setting, value, onInput }: FieldProps) {
  const { label, hint, input } = setting
  if (input.kind === 'check') return <CheckField setting={setting} value={value} onInput={onInput} />
  if (input.kind === 'choices' || input.kind === 'rules') {
    return (
      <fieldset class="field field-wide">
        <legend class="label">{label}</legend>
        {input.kind === 'rules' ? (
          <RulesInput value={value} onInput={onInput} />
        ) : (
          <Choices options={input.options} value={value} onInput={onInput} />
        )}
        <Hint>{hint}</Hint>
      </fieldset>
    )
  }
  return <LabelledField setting={setting} value={value} onInput={onInput} />
}

function LabelledField({ setting, value, onInput }: FieldProps) {
  const { label, hint, input } = setting
  const id = useId()
  const isLong = input.kind === 'lines' || input.kind === 'pairs' || input.kind === 'long'
  return (
    <div class={isLong ? 'field field-wide' : 'field'}>
      <label for={id}>{label}</label>
      <Control id={id} setting={setting} value={value} onInput={onInput} />
      <Hint id={`${id}-hint`}>{hint}</Hint>
    </div>
  )
}

function Hint({ id, children }: { id?: string; children: ComponentChildren }) {
  return children === undefined ? null : (
    <span class="hint" id={id}>
      {children}
    </span>
  )
}

function Control({ id, setting, value, onInput }: FieldProps & { id: string }) {
  const { input, emptyText, hint } = setting
  const shared = {
    id,
    value,
    required: emptyText === undefined,
    'aria-describedby': hint === undefined ? undefined : `${id}-hint`,
    onInput: ({ currentTarget }: { currentTarget: { value: string } }) => onInput(currentTarget.value),
  }
  switch (input.kind) {
    case 'choice':
      return (
        <select class="select" {...shared}>
          {emptyText !== undefined && <option value="">{emptyText}</option>}
          {input.options.map((option) => (
            <option key={option} value={option}>
              {option.replaceAll('_', ' ')}
            </option>
          ))}
        </select>
      )
    case 'long':
      return <textarea class="input mono" spellcheck={false} placeholder={emptyText} {...shared} />
    case 'lines':
    case 'pairs':
      return <textarea class="input mono" spellcheck={false} placeholder={input.placeholder ?? emptyText} {...shared} />
    case 'number':
    case 'share':
      return <input class="input" type="number" placeholder={emptyText} {...boundsOf(input)} {...shared} />
    case 'duration':
      return (
        <input class="input" pattern={DURATION_PATTERN} title={DURATION_HINT} placeholder={emptyText} {...shared} />
      )
    case 'text':
      return (
        <input
          class="input"
          autocomplete="off"
          spellcheck={false}
          pattern={input.pattern}
          maxLength={input.maxLength}
          placeholder={input.placeholder ?? emptyText}
          {...shared}
        />
      )
    case 'check':
    case 'choices':
    case 'rules':
      return null
  }
}

function boundsOf(input: { kind: 'number'; min: number; max: number; step?: number | 'any' } | { kind: 'share' }) {
  return input.kind === 'share'
    ? { min: 0, max: 100, step: 'any' }
    : { min: input.min, max: input.max, step: input.step ?? 1 }
}

function CheckField({ setting: { label, hint }, value, onInput }: FieldProps) {
  return (
    <div class="field">
      <label class="check">
        <input
          type="checkbox"
          checked={value === 'true'}
          onChange={({ currentTarget }) => onInput(String(currentTarget.checked))}
        />
        {label}
      </label>
      <Hint>{hint}</Hint>
    </div>
  )
}

function Choices({
  options,
  value,
  onInput,
}: {
  options: readonly string[]
  value: string
  onInput: (text: string) => void
}) {
  const chosen = new Set(value === '' ? [] : value.split(','))
  const toggle = (option: string, isChosen: boolean) =>
    onInput(options.filter((other) => (other === option ? isChosen : chosen.has(other))).join(','))
  return (
    <div class="choices">
      {options.map((option) => (
        <label key={option} class="check">
          <input
            type="checkbox"
            checked={chosen.has(option)}
            onChange={({ currentTarget }) => toggle(option, currentTarget.checked)}
          />
          {option.replaceAll('_', ' ')}
        </label>
      ))}
    </div>
  )
}
