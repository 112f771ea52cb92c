const NOBODY = 65_534;

/** Permissions do not bind root, so as root this process becomes nobody for a while. Otherwise nothing changes. */
export async function asNobody<T>(act: () => Promise<T>): Promise<T> {
  const isRoot = process.geteuid?.() === 0;
  if (isRoot) process.seteuid?.(NOBODY);
  try {
    return await act();
  } finally {
    if (isRoot) process.seteuid?.(0);
  }
}
