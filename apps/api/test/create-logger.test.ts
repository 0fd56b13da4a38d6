import { expect, test } from 'vitest'
import { describeForLog } from '../src/create-logger.ts'

test('logs an error of Redis with its command but without the tasks in it', () => {
  const error = Object.assign(new Error('ERR'), {
    command: { name: 'evalsha', args: ['hash', '{"payload":"secret"}'] },
  })

  const logged = describeForLog(error)

  expect(logged).toMatchObject({ message: 'ERR', command: 'evalsha', stack: expect.any(String) })
  expect(JSON.stringify(logged)).not.toContain('secret')
})

test('logs any other error unchanged', () => {
  expect(describeForLog(Object.assign(new Error('no'), { code: 'EX' }))).toMatchObject({ message: 'no', code: 'EX' })
})
