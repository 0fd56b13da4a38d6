const TEN_MB = 10 * 1024 * 1024

/** A JSON array of 10 MB of tasks that take `taskBytes` each. */
export function taskArray(taskBytes: number): string {
  const task = `{"key":"order-1","payload":{"text":"${'x'.repeat(Math.max(0, taskBytes - 44))}","n":1}}`
  return arrayOf(task)
}

/** 10 MB of tasks whose payloads nest as deep as they may, and are nothing but brackets. */
export function nestedArray(): string {
  const nest = '['.repeat(190) + ']'.repeat(190)
  const payload = Array.from({ length: 600 }, () => nest).join(',')
  return arrayOf(`{"payload":[${payload}]}`)
}

/** 10 MB of tasks that are nothing but white space and escapes between short strings. */
export function spacedArray(): string {
  return arrayOf(`{ "payload" : { ${'"\\n" : "\\"\\\\" , '.repeat(10_000)} "end" : 1 } }`)
}

/** 10 MB that are no tasks at all, but one deep nest. */
export function oneDeepNest(): string {
  return '['.repeat(TEN_MB / 2) + ']'.repeat(TEN_MB / 2)
}

/** 10 MB of tasks each of which is wrong. */
export function wrongArray(): string {
  return arrayOf('{"paylaod":1}')
}

function arrayOf(task: string): string {
  const count = Math.floor((TEN_MB - 100) / (task.length + 1))
  return `[${Array.from({ length: count }, () => task).join(',')}]`
}
