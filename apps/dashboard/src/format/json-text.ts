/**
 * Splits the text of a JSON object into the texts of its members, which stay as they were sent: parsing would round long
 * numbers. The object must be valid.
 */
export function memberTexts(json: string): Map<string, string> {
  const members = new Map<string, string>()
  let at = skipSpace(json, json.indexOf('{') + 1)
  while (at < json.length && json[at] !== '}') {
    const nameEnd = endOfValue(json, at)
    const name = JSON.parse(json.slice(at, nameEnd)) as string
    const start = skipSpace(json, json.indexOf(':', nameEnd) + 1)
    const end = endOfValue(json, start)
    members.set(name, json.slice(start, end))
    at = skipSpace(json, end)
    if (json[at] === ',') at = skipSpace(json, at + 1)
  }
  return members
}

function skipSpace(json: string, from: number): number {
  let at = from
  while (/\s/.test(json[at] ?? '')) at += 1
  return at
}

/** Where the value ends that begins at a place. */
function endOfValue(json: string, start: number): number {
  let depth = 0
  for (let at = start; at < json.length; at += 1) {
    const char = json[at] ?? ''
    if (char === '"') at = endOfString(json, at)
    else if (char === '{' || char === '[') depth += 1
    else if (char === '}' || char === ']') {
      if (depth === 0) return at
      depth -= 1
    } else if (depth > 0 || !/[\s,:]/.test(char)) continue
    else return at
    if (depth === 0) return at + 1
  }
  return json.length
}

/** Where the closing quotation mark of a string is. A string that was cut off ends with the text. */
function endOfString(json: string, start: number): number {
  for (let at = start + 1; at < json.length; at += 1) {
    if (json[at] === '\\') at += 1
    else if (json[at] === '"') return at
  }
  return json.length
}

/** Puts each member on a line of its own. It changes nothing but spaces outside of strings, and also takes a part of a JSON text. */
export function indentJson(json: string): string {
  let out = ''
  let depth = 0
  for (let at = 0; at < json.length; at += 1) {
    const char = json[at] ?? ''
    if (char === '"') {
      const end = endOfString(json, at)
      out += json.slice(at, end + 1)
      at = end
    } else if (char === '{' || char === '[') {
      const next = skipSpace(json, at + 1)
      const isEmpty = json[next] === '}' || json[next] === ']'
      if (isEmpty) {
        out += char + (json[next] ?? '')
        at = next
      } else {
        depth += 1
        out += char + newLine(depth)
      }
    } else if (char === '}' || char === ']') {
      depth = Math.max(0, depth - 1)
      out += newLine(depth) + char
    } else if (char === ',') out += char + newLine(depth)
    else if (char === ':') out += ': '
    else if (!/\s/.test(char)) out += char
  }
  return out
}

function newLine(depth: number): string {
  return `\n${'  '.repeat(depth)}`
}
