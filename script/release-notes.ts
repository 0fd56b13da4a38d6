import { readFileSync } from 'node:fs'
import { readRelease } from './changelog.ts'

/** Prints the section of CHANGELOG.md for the tag in the first argument, such as v0.1.0. */

const [tag = ''] = process.argv.slice(2)
const { version } = JSON.parse(readFileSync('packages/engine/package.json', 'utf8')) as { version: string }
if (tag !== `v${version}`)
  throw new Error(`The tag "${tag}" does not match the version of the packages. Expected "v${version}".`)
process.stdout.write(`${readRelease(readFileSync('CHANGELOG.md', 'utf8'), version)}\n`)
