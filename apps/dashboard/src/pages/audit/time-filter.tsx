import { query, setQuery } from '../../routing/location.ts'

/** A time that narrows a list. It is typed in the time zone of the browser, and kept in the query of the page in UTC. */
export function TimeFilter({ name, label }: { name: string; label: string }) {
  const value = query.value.get(name)
  return (
    <label class="row small soft">
      {label}
      <input
        class="input"
        type="datetime-local"
        value={value === null ? '' : localText(value)}
        onChange={({ currentTarget }) => setQuery({ [name]: utcText(currentTarget.value), cursor: undefined })}
      />
    </label>
  )
}

function utcText(local: string): string {
  return local === '' ? '' : new Date(local).toISOString()
}

/** What the field takes: the local time without a time zone. An address that somebody typed may hold anything. */
function localText(iso: string): string {
  const ms = Date.parse(iso)
  if (Number.isNaN(ms)) return ''
  return new Date(ms - new Date(ms).getTimezoneOffset() * 60_000).toISOString().slice(0, 16)
}
