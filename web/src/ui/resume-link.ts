/** A resume code in an address: after the `#`, so that no server and no log ever sees it. */

export function resumeCodeIn(hash: string): string | null {
  return /^#resume=(\d{6})$/.exec(hash)?.[1] ?? null;
}

/**
 * Where another device opens the page with this code; null where none could.
 * `origin`: this page's; `address`: the server's on the local network, or null.
 */
export function resumeLink(origin: string, address: string | null, code: string): string | null {
  const own = /^https?:\/\/(127\.|localhost\b|\[::1\])/.test(origin);
  const base = own ? address : origin;
  return base === null ? null : `${base}/#resume=${code}`;
}
