import { query, setQuery } from '../routing/location.ts'

/** A choice that narrows a list, kept in the query of the page so that a link to the page holds it. */
export function FilterSelect({
  name,
  label,
  options,
}: {
  /** The name in the query. */
  name: string
  label: string
  options: readonly string[]
}) {
  return (
    <select
      class="select"
      aria-label={label}
      value={query.value.get(name) ?? ''}
      onChange={({ currentTarget }) => setQuery({ [name]: currentTarget.value, cursor: undefined })}
    >
      <option value="">{label}: all</option>
      {options.map((option) => (
        <option key={option} value={option}>
          {option.replaceAll('_', ' ')}
        </option>
      ))}
    </select>
  )
}

/** A word that narrows a list. It takes effect with Enter, or when the field is left. `/` leads to it. */
export function FilterInput({ name, label }: { name: string; label: string }) {
  return (
    <input
      class="input"
      type="search"
      data-search
      aria-label={label}
      placeholder={label}
      value={query.value.get(name) ?? ''}
      onChange={({ currentTarget }) => setQuery({ [name]: currentTarget.value.trim(), cursor: undefined })}
    />
  )
}
