import { EventEmitter } from 'node:events'
import { expect, test } from 'vitest'
import { logOutput, type OutputLog, type OutputSource } from '../src/log-output.ts'

function open(isReported?: (text: string) => boolean) {
  const entries: [level: string, fields: object, message: string][] = []
  const log = Object.fromEntries(
    ['debug', 'info', 'warn', 'error'].map((level) => [
      level,
      (fields: object, message: string) => void entries.push([level, fields, message]),
    ]),
  ) as unknown as OutputLog
  const printed: string[] = []
  const print = (text: string) => void printed.push(text)
  const source = {
    console: { debug: print, info: print, log: print, warn: print, error: print } as OutputSource['console'],
    process: new EventEmitter(),
  }
  source.process.on('warning', () => print('a warning'))
  logOutput(log, source, isReported)
  return { ...source, entries, printed }
}

test('what is printed becomes an entry of the matching level, and is not printed', () => {
  const { console, entries, printed } = open()

  console.log('%d of %s', 1, 'two', { three: 3 })
  console.warn('careful')
  console.error(new Error('broken').message)

  const fields = { source: 'console' }
  expect(entries).toEqual([
    ['info', fields, '1 of two { three: 3 }'],
    ['warn', fields, 'careful'],
    ['error', fields, 'broken'],
  ])
  expect(printed).toEqual([])
})

test('a warning of Node becomes an entry, and is not printed', () => {
  const { process, entries, printed } = open()
  const warning = Object.assign(new Error('11 listeners added'), { name: 'MaxListenersExceededWarning' })

  process.emit('warning', warning)

  expect(entries).toEqual([
    ['warn', { err: warning, source: 'node' }, 'MaxListenersExceededWarning: 11 listeners added'],
  ])
  expect(printed).toEqual([])
})

test('what the process reports itself is left out', () => {
  const { console, entries } = open((text) => text.startsWith('IMPORTANT!'))

  console.warn('IMPORTANT! Eviction policy is allkeys-lru. It should be "noeviction"')

  expect(entries).toEqual([])
})
