const SECRET_NAME = /SECRET|PASSWORD|PASSPHRASE|CREDENTIAL|(API|ACCESS|PRIVATE)_KEY|_TOKEN$/i
const SECRET_PARAMETER = /([?&;](?:password|pass|pwd|secret|token|(?:api_?)?key)=)[^&;]*/gi
const LONGEST_SHOWN = 120

/** The text of a setting as an error may show it: quoted, cut short, and without anything that looks secret. */
export function redactValue(name: string, text: string): string {
  if (SECRET_NAME.test(name)) return 'a value that is not shown'
  const shown = withoutCredentials(text).replace(SECRET_PARAMETER, '$1***')
  return JSON.stringify(shown.length > LONGEST_SHOWN ? `${shown.slice(0, LONGEST_SHOWN)}…` : shown)
}

/**
 * Hides everything between the scheme and the last "@". A badly escaped password may itself hold "@", "/" or ",",
 * so in a list of URLs all but the last host goes with it: losing those beats showing half a password.
 */
function withoutCredentials(text: string): string {
  const end = text.lastIndexOf('@')
  if (end === -1) return text
  const scheme = /^[a-z][a-z0-9+.-]*:\/\//i.exec(text)?.[0] ?? ''
  return `${scheme}***${text.slice(end)}`
}
