import { exclusiveServer, redisTest } from '../../src/index.ts'

/** A `redisTest` that may look at all keys and connections, as no other run can be using its server. */
export const ownServerTest = redisTest.override('redisServer', { scope: 'file' }, exclusiveServer)
