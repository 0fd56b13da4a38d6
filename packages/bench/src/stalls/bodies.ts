const TEN_MB = 10 * 1024 * 1024

/** Returns a JSON array of 10 MB of tasks, each of `taskBytes` bytes. */
export function taskArray(taskBytes: number): string {
  const task = `{"key":"order-1","payload":{"text":"${'x'.repeat(Math.max(0, taskBytes - 44))}","n":1}}`
  return arrayOf(task)
}

/** Returns 10 MB of tasks whose payloads are only brackets, nested 190 levels deep. The API allows little more. */
export function nestedArray(): string {
  const nest = '['.repeat(190) + ']'.repeat(190)
  const payload = Array.from({ length: 600 }, () => nest).join(',')
  return arrayOf(`{"payload":[${payload}]}`)
}

/** Returns 10 MB of tasks that consist of whitespace, escapes and short strings. */
export function spacedArray(): string {
  return arrayOf(`{ "payload" : { ${'"\\n" : "\\"\\\\" , '.repeat(10_000)} "end" : 1 } }`)
}

/** Returns 10 MB of brackets: one deeply nested array instead of tasks. */
export function oneDeepNest(): string {
  return '['.repeat(TEN_MB / 2) + ']'.repeat(TEN_MB / 2)
}

/** Returns 10 MB of tasks, each of them invalid. */
export function wrongArray(): string {
  return arrayOf('{"paylaod":1}')
}

function arrayOf(task: string): string {
  const count = Math.floor((TEN_MB - 100) / (task.length + 1))
  return `[${Array.from({ length: count }, () => task).join(',')}]`
}
