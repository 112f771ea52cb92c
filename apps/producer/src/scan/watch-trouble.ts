/** What stands in the way of watching, as the system names it, and what an operator can do. */
const REMEDIES: Readonly<Record<string, string>> = {
  ENOSPC: 'the inotify watches of this user are used up: raise fs.inotify.max_user_watches (sysctl)',
  EMFILE: 'too many open files or inotify instances: raise fs.inotify.max_user_instances (sysctl) and ulimit -n',
  ENFILE: 'the system has too many open files: raise fs.file-max (sysctl)',
};

/** @returns the remedy, if this error ends the watching: one watch more was refused, and so will be the next. */
export function remedyOf(error: unknown): string | undefined {
  const { code } = error as NodeJS.ErrnoException;
  return code !== undefined && Object.hasOwn(REMEDIES, code) ? REMEDIES[code] : undefined;
}
