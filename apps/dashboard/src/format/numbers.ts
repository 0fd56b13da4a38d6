const whole = new Intl.NumberFormat('en')

/** A number of things: `12,345`. */
export function count(number: number): string {
  return whole.format(Math.round(number))
}

/** A number with its noun: `1 task`, `12,345 tasks`. */
export function countOf(number: number, noun: string, plural = `${noun}s`): string {
  return `${count(number)} ${number === 1 ? noun : plural}`
}

/** How often something happens: `0.4/s`, `512/s`. */
export function rate(perSecond: number): string {
  return perSecond >= 10 || perSecond === 0 ? `${count(perSecond)}/s` : `${Number(perSecond.toFixed(1))}/s`
}

/** A percentage from 0 to 100. Only what is whole is shown as 0 % or 100 %: 99.96 is shown as 99.9. */
export function percent(value: number): string {
  if (value <= 0 || value >= 100) return `${value <= 0 ? 0 : 100} %`
  return `${Math.min(99.9, Math.max(0.1, value)).toFixed(1)} %`
}

const UNITS = ['B', 'KB', 'MB', 'GB', 'TB']

/** A number of bytes: `3.1 MB`. A KB has 1,024 bytes. */
export function bytes(number: number): string {
  const power = Math.min(UNITS.length - 1, Math.floor(Math.log2(Math.max(1, number)) / 10))
  const value = number / 1024 ** power
  return `${power === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${UNITS[power]}`
}
