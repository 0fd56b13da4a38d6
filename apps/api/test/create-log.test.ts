import { expect, test } from 'vitest'
import { describeForLog } from '../src/create-log.ts'

test('an error of Redis is logged with its command, without the tasks in it', () => {
  const error = Object.assign(new Error('ERR'), {
    command: { name: 'evalsha', args: ['hash', '{"payload":"secret"}'] },
  })

  const logged = describeForLog(error)

  expect(logged).toMatchObject({ message: 'ERR', command: 'evalsha', stack: expect.any(String) })
  expect(JSON.stringify(logged)).not.toContain('secret')
})

test('any other error is logged as it is', () => {
  expect(describeForLog(Object.assign(new Error('no'), { code: 'EX' }))).toMatchObject({ message: 'no', code: 'EX' })
})
