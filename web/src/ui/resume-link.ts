/** A resume code in an address: after the `#`, so that no server and no log ever sees it. */

export function resumeCodeIn(hash: string): string | null {
  return /^#resume=(\d{6})$/.exec(hash)?.[1] ?? null;
}

export function resumeLink(origin: string, code: string): string {
  return `${origin}/#resume=${code}`;
}
