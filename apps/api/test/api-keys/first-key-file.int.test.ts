import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createApiKey, deleteApiKey, listApiKeys, readApiKeyText } from '@sluice/engine'
import { describe, expect } from 'vitest'
import { openFirstKeyFile, storeFirstKey } from '../../src/api-keys/first-key-file.ts'
import { apiTest } from '../support/api-test.ts'

const fileTest = apiTest
  .extend('folder', async ({ onTestFinished }) => {
    const folder = await mkdtemp(join(tmpdir(), 'sluice-key-'))
    onTestFinished(() => rm(folder, { recursive: true }))
    return folder
  })
  .extend('path', ({ folder }) => join(folder, 'admin'))

describe('the file with the first API key', () => {
  fileTest('is written once, complete and for its owner only, by however many processes', async ({ path, folder }) => {
    const opened = await Promise.all(Array.from({ length: 20 }, () => openFirstKeyFile(path)))

    const text = await readFile(path, 'utf8')
    expect(opened.map(({ key }) => key)).toEqual(opened.map(() => readApiKeyText(text.trim())))
    expect(opened.filter(({ isNew }) => isNew)).toHaveLength(1)
    expect((await stat(path)).mode & 0o777).toBe(0o600)
    expect(await readdir(folder)).toEqual(['admin'])
  })

  fileTest('is stored by one of them, and stays for all', async ({ engine, path }) => {
    const opened = await Promise.all(Array.from({ length: 5 }, () => openFirstKeyFile(path)))

    const exist = await Promise.all(opened.map((file) => storeFirstKey(engine, file)))

    expect(exist).toEqual([true, true, true, true, true])
    const { apiKeys } = await listApiKeys(engine, { pageSize: 10 })
    expect(apiKeys.map(({ id }) => id)).toEqual([readApiKeyText((await readFile(path, 'utf8')).trim())?.id])
  })

  fileTest(
    'has no effect while another API key exists, and one that was just written is removed',
    async ({ engine, path, folder }) => {
      await storeFirstKey(engine, await openFirstKeyFile(path))
      await rm(path)

      expect(await storeFirstKey(engine, await openFirstKeyFile(path))).toBe(false)

      expect(await readdir(folder)).toEqual([])
    },
  )

  fileTest('does not bring a deleted API key back while another one exists', async ({ engine, path }) => {
    const file = await openFirstKeyFile(path)
    await storeFirstKey(engine, file)
    await createApiKey(engine, { name: 'other', role: 'admin' }, 'command')
    await deleteApiKey(engine, file.key.id)

    expect(await storeFirstKey(engine, await openFirstKeyFile(path))).toBe(false)
  })

  fileTest('is refused if it contains anything else, without showing it', async ({ path }) => {
    await writeFile(path, 'a password')

    await expect(openFirstKeyFile(path)).rejects.toThrow(/admin does not contain an API key/)
    await expect(openFirstKeyFile(path)).rejects.not.toThrow(/password/)
  })

  fileTest('fails if its folder does not exist', async ({ folder }) => {
    await expect(openFirstKeyFile(join(folder, 'absent', 'admin'))).rejects.toThrow('ENOENT')
  })
})
