import type { CommandFacts, FlagFacts } from '../help/command-facts.js';
import { choiceFlags, fileFlags, flagsOf, PROGRAMS, quote, ROLES } from './known-words.js';

/** The completion of zsh for these commands, with descriptions. A TAB starts no process. */
export function zshScript(all: readonly CommandFacts[]): string {
  const [program, ...commands] = all;
  return `#compdef ${PROGRAMS.join(' ')}
# zsh completion of admin. Put it into a folder of $fpath as _admin, or: source <(admin completion zsh)
_job_queue_admin() {
  local word command='' next flag
  local -a commands flags

  for word in "\${(@)words[2,CURRENT-1]}"; do
    next="\${command:+$command }\${word#--admin-cmd=}"
    case $next in
      (${commands.map(({ path }) => quote(path)).join('|') || "''"}) command=$next ;;
    esac
  done

  if [[ $PREFIX == --*=* ]]; then
    flag=\${PREFIX%%=*}
    compset -P '*='
  else
    flag=\${words[CURRENT-1]}
  fi
  case "$command $flag" in
    (*' --role') compadd -- ${ROLES.join(' ')}; return ;;
    (*' --admin-cmd') compadd -- ${(program?.commands ?? []).map(({ name }) => name).join(' ')}; return ;;
${choiceFlags(all).map(choiceCase).join('')}  esac
  case $flag in
    (${fileFlags(all).join('|') || "''"}) _files; return ;;
  esac
  [[ $flag == --* && -n $IPREFIX ]] && return 1

  case $command in
${all.map((facts) => commandCase(facts, all)).join('')}  esac
  if [[ \${words[1]:t} == job-queue-system && -z $command ]]; then
    flags=('--role=:one app, or all of them' '--admin-cmd=:the command of the admin role' $flags)
  fi
  if [[ $PREFIX == -* || \${#commands} -eq 0 ]]; then
    _describe -o flag flags -S ''
  else
    _describe command commands
  fi
}
if [[ \${funcstack[1]} == _admin ]]; then
  _job_queue_admin "$@"
else
  compdef _job_queue_admin ${PROGRAMS.join(' ')}
fi
`;
}

function choiceCase({ path, name, choices }: { path: string; name: string; choices: readonly string[] }): string {
  return `    (${quote(`${path} ${name}`)}) compadd -- ${choices.join(' ')}; return ;;\n`;
}

function commandCase(facts: CommandFacts, all: readonly CommandFacts[]): string {
  const commands = facts.commands.map(({ name, description }) => described(name, description));
  const flags = [...flagsOf(facts, all).map(describedFlag), described('--help', 'examples, flags, exit codes')];
  return `    (${quote(facts.path)})\n      commands=(${commands.join(' ')})\n      flags=(${flags.join(' ')})\n      ;;\n`;
}

function describedFlag({ name, value, description }: FlagFacts): string {
  return described(value === undefined ? name : `${name}=`, description);
}

/** zsh separates word and description by a colon. */
function described(word: string, description: string): string {
  return quote(`${word}:${description}`);
}
