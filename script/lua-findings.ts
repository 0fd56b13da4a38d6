/** A source line: a file under packages/engine/lua, and the number of the line in it. */
export interface Origin {
  file: string
  line: number
}

/** A script with its libraries in place, as Redis runs it. `origins[n]` is the source of its line n + 1. */
export interface AssembledScript {
  file: string
  source: string
  origins: readonly Origin[]
}

const INCLUDE = /^--- @include "(lib\/[a-z-]+)"$/
const FINDING = /^(?<file>\S+\.lua):(?<line>\d+):(?<columns>[\d-]+): \((?<code>[EW]\d+)\) (?<message>.*)$/
const UNUSED = 'W211'

/** Replaces the include lines of a script with the libraries they name. `read` returns the text of a file. */
export function assembleScript(file: string, read: (file: string) => string): AssembledScript {
  const lines = linesOf(file, read).flatMap((line) => {
    const library = INCLUDE.exec(line.text)?.[1]
    return library === undefined ? [line] : linesOf(`${library}.lua`, read)
  })
  return {
    file,
    source: lines.map(({ text }) => `${text}\n`).join(''),
    origins: lines.map(({ text: _text, ...origin }) => origin),
  }
}

function linesOf(file: string, read: (file: string) => string): (Origin & { text: string })[] {
  const lines = read(file).replace(/\n$/, '').split('\n')
  return lines.map((text, index) => ({ file, line: index + 1, text }))
}

/**
 * Translates luacheck's report on assembled scripts (`--formatter plain --codes --ranges`) to the source files, and
 * removes duplicates. A definition in a library counts as unused only if it is unused in every script that includes it.
 */
export function locateFindings(report: string, scripts: readonly AssembledScript[]): string[] {
  const found = new Map<string, { origin: Origin; code: string; inScripts: string[] }>()
  for (const { file, line, columns, code, message } of parseReport(report)) {
    const origin = scripts.find((script) => script.file === file)?.origins[line - 1]
    if (!origin) throw new Error(`luacheck reports on ${file}:${line}, which is not a line of an assembled script.`)
    const text = `${origin.file}:${origin.line}:${columns}: (${code}) ${message}`
    found.set(text, { origin, code, inScripts: [...(found.get(text)?.inScripts ?? []), file] })
  }
  return [...found]
    .filter(
      ([, { origin, code, inScripts }]) => code !== UNUSED || inScripts.length === countUsers(origin.file, scripts),
    )
    .map(([text, { origin, inScripts }]) =>
      inScripts[0] === origin.file ? text : `${text} in ${inScripts.join(', ')}`,
    )
    .toSorted()
}

interface Finding {
  file: string
  line: number
  columns: string
  code: string
  message: string
}

function parseReport(report: string): Finding[] {
  const rows = report.split('\n').map((row) => FINDING.exec(row)?.groups)
  return rows
    .filter((groups) => groups !== undefined)
    .map(({ file = '', line, columns = '', code = '', message = '' }) => ({
      file,
      line: Number(line),
      columns,
      code,
      message,
    }))
}

function countUsers(file: string, scripts: readonly AssembledScript[]): number {
  return scripts.filter(({ origins }) => origins.some((origin) => origin.file === file)).length
}
