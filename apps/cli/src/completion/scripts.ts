import type { Node } from './tree.ts'

/** The shells with a completion. */
export const SHELLS = ['bash', 'zsh', 'fish'] as const

export type Shell = (typeof SHELLS)[number]

/** What a completion script knows. */
export interface Words {
  nodes: readonly Node[]
  choices: ReadonlyMap<string, readonly string[]>
}

/** Writes the completion script of a shell. */
export const completionScripts: Readonly<Record<Shell, (words: Words) => string>> = { bash, zsh, fish }

/** In bash and zsh, a path of commands is found word by word, and a table says what follows it. */
function bash(words: Words): string {
  return `# bash completion of sluice: source <(sluice completion bash)
_sluice() {
  local cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD-1]} at= list= i
  for ((i = 1; i < COMP_CWORD; i++)); do
${findPath(words, '${COMP_WORDS[i]}')}
  done
${chooseWords(words)}
  COMPREPLY=($(compgen -W "$list" -- "$cur"))
}
complete -o default -F _sluice sluice
`
}

function zsh(words: Words): string {
  return `#compdef sluice
# zsh completion of sluice: source <(sluice completion zsh)
_sluice() {
  local cur=\${words[CURRENT]} prev=\${words[CURRENT-1]} at= list= i
  for ((i = 2; i < CURRENT; i++)); do
${findPath(words, '${words[i]}')}
  done
${chooseWords(words)}
  if [[ -n $list ]]; then compadd -- \${=list}; else _files; fi
}
compdef _sluice sluice
`
}

function findPath({ nodes }: Words, word: string): string {
  const paths = nodes.filter(({ path }) => path !== '').map(({ path }) => `'${path}'`)
  return `    case "\${at:+$at }${word}" in
      ${paths.join(' | ')}) at="\${at:+$at }${word}" ;;
    esac`
}

function chooseWords({ nodes, choices }: Words): string {
  const values = [...choices].map(([option, of]) => `    ${option}) list='${of.join(' ')}' ;;`)
  const rows = nodes.map(
    ({ path, commands, options }) =>
      `      '${path}') case $cur in -*) list='${options.join(' ')}' ;; *) list='${commands.join(' ')}' ;; esac ;;`,
  )
  return `  case $prev in
${values.join('\n')}
    *) case $at in
${rows.join('\n')}
    esac ;;
  esac`
}

function fish({ nodes, choices }: Words): string {
  const paths = nodes.filter(({ path }) => path !== '').map(({ path }) => `'${path}'`)
  const rows = nodes.flatMap(({ path, commands, options }) => {
    const when = `-n "test (__sluice_path) = '${path}'"`
    const own = options.map((option) => {
      const of = choices.get(option)
      return `complete -c sluice ${when} -l ${option.slice(2)}${of ? ` -x -a '${of.join(' ')}'` : ''}`
    })
    return [...(commands.length > 0 ? [`complete -c sluice ${when} -f -a '${commands.join(' ')}'`] : []), ...own]
  })
  return `# fish completion of sluice: sluice completion fish | source
function __sluice_path
  set -l path
  for word in (commandline -opc)[2..-1]
    contains -- "$(string trim "$path $word")" ${paths.join(' ')}; and set path (string trim "$path $word")
  end
  echo "$path"
end
${rows.join('\n')}
`
}
