/** A number that a person may change. An empty field is no number. */
export function NumberField({
  name,
  label,
  value,
  hint,
  min = 1,
  max,
  step = 1,
  required = false,
}: {
  name: string
  label: string
  value: number | null
  hint?: string
  min?: number
  max?: number
  step?: number | 'any'
  required?: boolean
}) {
  return (
    <div class="field">
      <label for={name}>{label}</label>
      <input
        id={name}
        name={name}
        class="input"
        type="number"
        min={min}
        max={max}
        step={step}
        required={required}
        defaultValue={value === null ? '' : String(value)}
      />
      <span class="hint">{hint ?? '\u00a0'}</span>
    </div>
  )
}
