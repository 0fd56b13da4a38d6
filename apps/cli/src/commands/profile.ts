import type { Command } from 'commander'
import { connect, profileContextOf, readKey } from '../context.ts'
import { UsageError } from '../exit-codes.ts'
import { printRows, type Printer } from '../output/print.ts'
import { renderTable } from '../output/table.ts'
import { findProfile, readProfiles, shortKey, writeProfiles, type Profile } from '../profile/profile-file.ts'
import { readSecret } from '../profile/read-secret.ts'

interface ProfileRow {
  name: string
  url: string
  key: string | null
  current: boolean
}

const profileList: Printer<ProfileRow> = {
  fields: ['name', 'url', 'key', 'current'],
  text: (rows) => {
    if (rows.length === 0) return 'There are no profiles. Add one with: sluice profile add <name> --server <url>'
    return renderTable(rows, [
      { title: '', value: ({ current }) => (current ? '*' : '') },
      { title: 'PROFILE', value: ({ name }) => name },
      { title: 'API', value: ({ url }) => url },
      { title: 'KEY', value: ({ key }) => key ?? '–' },
    ])
  },
}

/** The profile that `login` makes if there is none. */
const FIRST = 'default'

/** Adds `sluice profile` and `sluice login`. */
export function addProfileCommands(program: Command): void {
  const profile = program.command('profile').description('Keeps addresses of APIs, and their API keys, by name.')
  addChanges(profile)
  const list = profile.command('list').description('Lists profiles. * marks the one in use; keys are shortened.')
  list.action(async () => {
    const { format, path } = profileContextOf(list)
    const { current, profiles } = readProfiles(path)
    const rows = Object.entries(profiles).map(([name, { url, apiKey }]) => {
      return { name, url, key: apiKey === undefined ? null : shortKey(apiKey), current: name === current }
    })
    await printRows(format, rows, profileList)
  })
  const login = program
    .command('login')
    .description('Asks for an API key, checks it, and keeps it in the profile. Without a terminal, stdin is the key.')
  login.action(() => logIn(login))
}

function addChanges(profile: Command): void {
  const add = profile
    .command('add <name>')
    .description('Adds or replaces a profile with the address of --server, and the key of --key-file if that is given.')
  add.action((name: string) => {
    const { server, keyFile } = profileContextOf(add)
    const apiKey = keyFile === undefined ? undefined : readKey(keyFile)
    connect(server, apiKey)
    change(add, ({ current, profiles }) => ({
      current: current ?? name,
      profiles: { ...profiles, [name]: profileOf(server, apiKey) },
    }))
  })
  const use = profile.command('use <name>').description('Makes a profile the one in use.')
  use.action((name: string) => {
    change(use, (all) => {
      findProfile(all, name)
      return { ...all, current: name }
    })
  })
  const remove = profile.command('remove <name>').description('Removes a profile with its key.')
  remove.action((name: string) => {
    change(remove, (all) => {
      findProfile(all, name)
      const { [name]: _, ...profiles } = all.profiles
      const { current, ...rest } = all
      return { ...rest, ...(current !== name && current !== undefined && { current }), profiles }
    })
  })
}

function profileOf(url: string, apiKey: string | undefined): Profile {
  return { url, ...(apiKey !== undefined && { apiKey }) }
}

function change(
  command: Command,
  make: (all: ReturnType<typeof readProfiles>) => ReturnType<typeof readProfiles>,
): void {
  const { path } = profileContextOf(command)
  writeProfiles(path, make(readProfiles(path)))
}

async function logIn(command: Command): Promise<void> {
  const { path, name: wanted, server: given, isServerGiven, isQuiet } = profileContextOf(command)
  const all = readProfiles(path)
  const name = wanted ?? all.current ?? FIRST
  const existing = Object.hasOwn(all.profiles, name) ? all.profiles[name] : undefined
  const server = isServerGiven ? given : (existing?.url ?? given)
  if (existing !== undefined && existing.url !== server) {
    throw new UsageError(`The profile "${name}" is for ${existing.url}, and not for ${server}. Name another --profile.`)
  }
  const apiKey = await readSecret(`API key for ${server}: `, process)
  const session = await connect(server, apiKey).session()
  const profiles = { ...all.profiles, [name]: { url: server, apiKey } }
  writeProfiles(path, { current: all.current ?? name, profiles })
  const who = session.name ?? session.kind
  if (!isQuiet) process.stderr.write(`You are ${who} (${session.role}). The key is kept in the profile "${name}".\n`)
}
