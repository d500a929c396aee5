/** Who this device is to the server: whether a key is needed, pairing, and short-lived keys for each connection. */

export interface ServerInfo {
  name: string;
  keyNeeded: boolean;
  pairing: boolean;
  fingerprint: string | null;
  /** Where other devices reach the server, https; null where they do not. */
  address: string | null;
}

export class AccessError extends Error {
  /** `away`: the server does not answer. Otherwise the code of its error. */
  constructor(
    readonly code: string,
    readonly status: number = 0,
  ) {
    super(code);
  }
}

const DEVICE_KEY = "lobby.device-key";
const ACCESS_KEY = "lobby.access-key";

/** The key of this device: from pairing (kept on the device) or typed in (kept for this tab only). */
export function storedKey(): string | null {
  return localStorage.getItem(DEVICE_KEY) ?? sessionStorage.getItem(ACCESS_KEY);
}

export function forgetKey(): void {
  localStorage.removeItem(DEVICE_KEY);
  sessionStorage.removeItem(ACCESS_KEY);
}

export function rememberAccessKey(key: string): void {
  sessionStorage.setItem(ACCESS_KEY, key);
}

/** What the server says of itself. Throws AccessError `away`. */
export async function serverInfo(): Promise<ServerInfo> {
  const { status, body } = await ask("GET", "/v1/server");
  if (status === 401) return { name: location.hostname, keyNeeded: true, pairing: false, fingerprint: null, address: null };
  return {
    name: typeof body.name === "string" ? body.name : location.hostname,
    keyNeeded: body.key_needed === true,
    pairing: body.pairing === true,
    fingerprint: typeof body.ca_fingerprint === "string" ? body.ca_fingerprint : null,
    address: typeof body.address === "string" ? body.address : null,
  };
}

/** Pair this device by the code that the branch shows. Throws AccessError. */
export async function pair(code: string, name: string): Promise<void> {
  const { status, body } = await ask("POST", "/v1/pair", { code, name });
  if (status !== 200 || typeof body.device_key !== "string") throw refusal(status, body);
  localStorage.setItem(DEVICE_KEY, body.device_key);
}

/** A key for one connection to one session; null where the server asks for none. Throws AccessError. */
export async function clientSecret(sessionKey: string): Promise<string | null> {
  const key = storedKey();
  if (key === null) return null;
  const path = `/v1/realtime/client_secrets?session_state_key=${encodeURIComponent(sessionKey)}`;
  const { status, body } = await ask("POST", path, { expires_after: { anchor: "created_at", seconds: 60 } }, key);
  if (status !== 200 || typeof body.value !== "string") throw refusal(status, body);
  return body.value;
}

export interface ResumeCode {
  code: string;
  /** By this device's clock, in milliseconds since 1970. */
  expiresAtMs: number;
}

/** A code with which another device goes on with this conversation. Throws AccessError. */
export async function resumeCode(sessionKey: string): Promise<ResumeCode> {
  const path = `/v1/realtime/resume_codes?session_state_key=${encodeURIComponent(sessionKey)}`;
  const { status, body, ahead } = await ask("POST", path, {}, storedKey());
  if (status !== 200 || typeof body.code !== "string" || typeof body.expires_at !== "number") throw refusal(status, body);
  // the server tells whole seconds, and takes the code until the end of the last one
  return { code: body.code, expiresAtMs: (body.expires_at + 1) * 1000 + ahead };
}

/** The session key that a code stands for. Throws AccessError. */
export async function redeem(code: string): Promise<string> {
  const { status, body } = await ask("POST", "/v1/realtime/resume", { code }, storedKey());
  if (status !== 200 || typeof body.session_state_key !== "string") throw refusal(status, body);
  return body.session_state_key;
}

/** Why connections fail: `loading`, `draining`, `away`, or `ready` when the server is well. */
export async function readiness(): Promise<"ready" | "loading" | "draining" | "away"> {
  try {
    const { status, body } = await ask("GET", "/readyz");
    if (status === 200) return "ready";
    return body.status === "draining" ? "draining" : body.status === "loading" ? "loading" : "away";
  } catch {
    return "away";
  }
}

type Body = Record<string, unknown>;

/** `ahead`: how far this device's clock is ahead of the server's, in milliseconds. */
async function ask(
  method: string,
  path: string,
  body?: object,
  key: string | null = null,
): Promise<{ status: number; body: Body; ahead: number }> {
  const headers: Record<string, string> = {};
  if (body !== undefined) headers["Content-Type"] = "application/json";
  if (key !== null) headers.Authorization = `Bearer ${key}`;
  let answer: Response;
  try {
    const content = body === undefined ? null : JSON.stringify(body);
    answer = await fetch(path, { method, headers, body: content, cache: "no-store" });
  } catch {
    throw new AccessError("away");
  }
  const said: unknown = await answer.json().catch(() => null);
  const told = Date.parse(answer.headers.get("date") ?? "");
  // within a second the clocks are the same: the server tells whole seconds
  const ahead = Math.abs(Date.now() - told) > 2000 ? Date.now() - told : 0;
  return { status: answer.status, body: typeof said === "object" && said !== null ? (said as Body) : {}, ahead };
}

function refusal(status: number, body: Body): AccessError {
  const error = body.error;
  const code = typeof error === "object" && error !== null && "code" in error ? error.code : null;
  return new AccessError(typeof code === "string" ? code : "refused", status);
}
