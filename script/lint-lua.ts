import { spawnSync } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { assembleScript, locateFindings } from './lua-findings.ts'

/** Assembles every script into .cache/lua, runs luacheck on it, and reports findings by their source lines. */

const SOURCES = 'packages/engine/lua'
const ASSEMBLED = '.cache/lua'
/** luacheck's exit code for errors in the scripts. A higher one means that luacheck itself failed. */
const HAS_ERRORS = 2

const scripts = readdirSync(SOURCES)
  .filter((file) => file.endsWith('.lua'))
  .map((file) => assembleScript(file, (path) => readFileSync(`${SOURCES}/${path}`, 'utf8')))

rmSync(ASSEMBLED, { recursive: true, force: true })
mkdirSync(ASSEMBLED, { recursive: true })
for (const { file, source } of scripts) writeFileSync(`${ASSEMBLED}/${file}`, source)

const options = ['--config', '../../.luacheckrc', '--no-cache', '--formatter', 'plain', '--codes', '--ranges']
const { status, stdout, stderr, error } = spawnSync('luacheck', [...options, ...scripts.map(({ file }) => file)], {
  cwd: ASSEMBLED,
  encoding: 'utf8',
})
if (error) throw error
if (status === null || status > HAS_ERRORS) throw new Error(`luacheck failed: ${stderr}${stdout}`)

const findings = locateFindings(stdout, scripts)
for (const finding of findings) process.stdout.write(`${SOURCES}/${finding}\n`)
if (findings.length > 0) process.exitCode = 1
