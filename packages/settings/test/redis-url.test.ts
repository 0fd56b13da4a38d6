import { describe, expect, test } from 'vitest'
import { Type } from 'typebox'
import { readSettings, redisUrl, SettingsError } from '../src/index.ts'

const read = (url: string) =>
  readSettings(Type.Object({ SLUICE_REDIS_URL: redisUrl }), { SLUICE_REDIS_URL: url }, { prefix: 'SLUICE_' })

describe('the URL of Redis', () => {
  test.for([
    'redis://127.0.0.1:6379',
    'redis://redis',
    'redis://redis/',
    'redis://redis:6379/15',
    'rediss://user:pa%2Fss%2C@redis.example.com:6380/2',
    'redis://:secret@[::1]:6379?family=6',
    '/run/redis/redis.sock',
    'redis://a:7000,redis://b:7001',
    'rediss://user:secret@a:7000, rediss://b:7001',
  ])('may be %s', (url) => {
    expect(read(url)).toEqual({ SLUICE_REDIS_URL: url })
  })

  test.for([
    'http://redis:6379',
    'sentinel://a:26379,b:26379',
    'redis+sentinel://a:26379/main',
    'redis',
    'redis:6379',
    'redis://',
    'redis://redis:6379/cache',
    'redis://redis:6379/1/2',
    'redis://a:7000/1,redis://b:7001/1',
    'redis://a:7000,b:7001',
    'redis://a:7000,',
  ])('must not be %s', (url) => {
    expect(() => read(url)).toThrow(SettingsError)
  })
})
