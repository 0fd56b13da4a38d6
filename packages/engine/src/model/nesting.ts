import { endOfString } from './end-of-string.ts'

/**
 * How deep the objects and arrays of a task or a result may nest. Far deeper ones can be parsed, but they overflow the
 * stack of the process that serializes them, which is the API when a client reads the task.
 */
export const MAX_NESTING = 200

/** Whether a JSON text nests deeper than `levels`. Scanning the text is ten times faster than walking its value. */
export function nestsTooDeep(json: string, levels = MAX_NESTING): boolean {
  if (json.length <= 2 * levels || hasAtMost(levels, json)) return false
  let depth = 0
  for (let at = 0; at < json.length && depth <= levels; at += 1) {
    const char = json[at]
    if (char === '"') at = endOfString(json, at)
    else if (char === '[' || char === '{') depth += 1
    else if (char === ']' || char === '}') depth -= 1
  }
  return depth > levels
}

/** Whether a text has at most `levels` opening brackets, which rules deeper nesting out. A native search counts them. */
function hasAtMost(levels: number, json: string): boolean {
  let count = 0
  for (const bracket of ['[', '{']) {
    for (let at = json.indexOf(bracket); at !== -1; at = json.indexOf(bracket, at + 1)) {
      count += 1
      if (count > levels) return false
    }
  }
  return true
}
