import { endOfString } from './end-of-string.ts'

/** A string without escapes, which stays, or white space between the parts of a JSON text. */
const STRING_OR_SPACE = /("[^"]*")|[ \t\n\r]+/g

/** The beginning of a string, or white space. */
const QUOTE_OR_SPACE = /"|[ \t\n\r]+/g

/** JSON without the white space between its parts. Strings and numbers stay as they are written. */
export function withoutSpace(json: string): string {
  // A native replacement takes a quarter of the time.
  return json.includes('\\') ? stepOverStrings(json) : json.replaceAll(STRING_OR_SPACE, '$1')
}

/** An expression that matches strings with escapes would overflow the stack with millions of them. */
function stepOverStrings(json: string): string {
  let compact = ''
  let from = 0
  QUOTE_OR_SPACE.lastIndex = 0
  for (let found = QUOTE_OR_SPACE.exec(json); found !== null; found = QUOTE_OR_SPACE.exec(json)) {
    if (found[0] === '"') {
      QUOTE_OR_SPACE.lastIndex = endOfString(json, found.index) + 1
    } else {
      compact += json.slice(from, found.index)
      from = QUOTE_OR_SPACE.lastIndex
    }
  }
  return compact + json.slice(from)
}
