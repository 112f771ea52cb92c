import type { CommandFacts } from '../help/command-facts.js';
import { choiceFlags, fileFlags, flagsOf, PROGRAMS, quote, ROLES } from './known-words.js';

/**
 * The completion of bash (3.2 or later) for these commands: commands, sub-commands, flags, files and words that a flag
 * takes. Everything is in the script, so a TAB starts no process.
 */
export function bashScript(all: readonly CommandFacts[]): string {
  const [program, ...commands] = all;
  return `# bash completion of admin. Put it where bash finds it, or: source <(admin completion bash)
_job_queue_admin() {
  local IFS=$' \\t\\n' words=() n=-1 i word command='' next flag value list

  # bash takes --flag=value apart at "=": together again
  for ((i = 1; i <= COMP_CWORD; i++)); do
    word=\${COMP_WORDS[i]}
    if ((n >= 0)) && [[ \${words[n]} == --*= || ( \${words[n]} == --* && $word == = ) ]]; then
      words[n]=\${words[n]}$word
    else
      n=$((n + 1)) words[n]=$word
    fi
  done

  for ((i = 0; i < n; i++)); do
    next="\${command:+$command }\${words[i]#--admin-cmd=}"
    case $next in
      ${commands.map(({ path }) => quote(path)).join(' | ') || "''"}) command=$next ;;
    esac
  done

  case \${words[n]} in
    --*=*) flag=\${words[n]%%=*} value=\${words[n]#*=} ;;
    *) flag='' value=\${words[n]} && ((n > 0)) && flag=\${words[n - 1]} ;;
  esac
  case "$command $flag" in
    *\\ --role) COMPREPLY=($(compgen -W ${quote(ROLES.join(' '))} -- "$value")) && return ;;
    *\\ --admin-cmd) COMPREPLY=($(compgen -W ${quote(namesBelow(program))} -- "$value")) && return ;;
${choiceFlags(all).map(choiceCase).join('')}  esac
  case $flag in
    ${fileFlags(all).join(' | ') || "''"}) compopt -o filenames 2>/dev/null; COMPREPLY=($(compgen -f -- "$value")); return ;;
  esac
  [[ \${words[n]} == --*=* ]] && return

  case $command in
${all.map((facts) => commandCase(facts, all)).join('')}  esac
  [[ $1 == *job-queue-system && -z $command ]] && list="--role= --admin-cmd= $list"
  COMPREPLY=($(compgen -W "$list" -- "$value"))
  [[ \${COMPREPLY[0]} == *= ]] && compopt -o nospace 2>/dev/null
  return 0
}
complete -F _job_queue_admin ${PROGRAMS.join(' ')}
`;
}

function choiceCase({ path, name, choices }: { path: string; name: string; choices: readonly string[] }): string {
  return `    ${quote(`${path} ${name}`)}) COMPREPLY=($(compgen -W ${quote(choices.join(' '))} -- "$value")) && return ;;\n`;
}

/** Flags come when a dash was typed, or when there is nothing else: an empty word completes to commands first. */
function commandCase(facts: CommandFacts, all: readonly CommandFacts[]): string {
  const flags = flagsOf(facts, all).map(({ name, value }) => (value === undefined ? name : `${name}=`));
  return `    ${quote(facts.path)}) list=${quote([namesBelow(facts), ...flags, '--help'].filter(Boolean).join(' '))} ;;\n`;
}

function namesBelow(facts: CommandFacts | undefined): string {
  return (facts?.commands ?? []).map(({ name }) => name).join(' ');
}
