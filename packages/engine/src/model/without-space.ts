/** A string, which stays, or white space between the parts of a JSON text. */
const STRING_OR_SPACE = /("[^"\\]*(?:\\.[^"\\]*)*")|[ \t\n\r]+/g

/** JSON without the white space between its parts. Strings and numbers stay as they are written. */
export function withoutSpace(json: string): string {
  return json.replaceAll(STRING_OR_SPACE, '$1')
}
