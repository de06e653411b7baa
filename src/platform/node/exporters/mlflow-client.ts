/** Requests to an MLflow server, repeated while it is busy or out of reach. */
import { CapabilityError, ParameterError } from "../../../core/errors.ts";

export interface MlflowCredentials {
  readonly token: string | undefined;
  readonly username: string | undefined;
  readonly password: string | undefined;
}

export interface MlflowClientOptions {
  /** Where its interface begins: "http://localhost:5000". */
  readonly server: string;
  readonly credentials: MlflowCredentials;
  readonly signal: AbortSignal;
  /** Milliseconds before the second attempt; each further one waits twice as long. */
  readonly firstPause: number;
}

export interface MlflowRequest {
  readonly method: "GET" | "POST";
  /** Below /api/2.0/mlflow/: "runs/create". */
  readonly path: string;
  /** Query of a GET, body of a POST. */
  readonly content: MlflowContent;
  /**
   * Called before a request is repeated: it may have been carried out although no answer came.
   *
   * @returns the answer, when it was
   */
  recover?(): Promise<MlflowContent | undefined>;
}

export type MlflowContent = Readonly<Record<string, unknown>>;

export interface MlflowClient {
  call(request: MlflowRequest): Promise<MlflowContent>;
  /** @returns undefined when the server answers with this error code */
  callUnless(code: string, request: MlflowRequest): Promise<MlflowContent | undefined>;
}

const attempts = 6;
/** Milliseconds that an answer may take. */
const patience = 30_000;
/** Longest pause, in milliseconds, that a server may ask for. */
const longestPause = 60_000;

/**
 * @throws ParameterError for an address that is none, and when the server refuses the credentials or a request
 * @throws CapabilityError when the server cannot be reached or fails, after six attempts
 */
export function mlflowClient({ server, credentials, signal, firstPause }: MlflowClientOptions): MlflowClient {
  const base = serverAddress(server);
  const headers = { "content-type": "application/json", ...authorization(credentials) };

  const attempt = async ({ method, path, content }: MlflowRequest): Promise<Attempt> => {
    const url = new URL(`${base}/api/2.0/mlflow/${path}`);
    if (method === "GET") for (const [key, value] of Object.entries(content)) url.searchParams.set(key, String(value));
    try {
      const response = await fetch(url, {
        method,
        headers,
        ...(method === "POST" && { body: JSON.stringify(content) }),
        signal: AbortSignal.any([signal, AbortSignal.timeout(patience)]),
      });
      const text = await response.text();
      const answer = parsed(text);
      if (response.ok && answer !== undefined) return { kind: "done", content: answer };
      const code = String(answer?.error_code ?? "");
      const said = `${response.status}${code && ` ${code}`}: ${String(answer?.message ?? text).slice(0, 300) || "no message"}`;
      const isPassing = response.status === 429 || response.status >= 500;
      return isPassing
        ? { kind: "passing", said, pause: askedPause(response.headers.get("retry-after")) }
        : { kind: "refused", status: response.status, code, said };
    } catch (error) {
      signal.throwIfAborted();
      const { message, cause } = error as Error;
      return { kind: "passing", said: cause instanceof Error ? cause.message || message : message, pause: 0 };
    }
  };

  const repeated = async (request: MlflowRequest): Promise<Exclude<Attempt, { kind: "passing" }>> => {
    let pause = firstPause;
    for (let made = 1; ; made++) {
      const answer = await attempt(request);
      if (answer.kind !== "passing") return answer;
      if (made === attempts) {
        throw new CapabilityError({
          place: "MLflow",
          rule: `${request.path} must be answered, got from ${base} in ${attempts} attempts: ${answer.said}`,
          remedy: "check --to and the server; the same command goes on where it stopped",
        });
      }
      await waiting(Math.max(pause, answer.pause), signal);
      pause *= 2;
      const recovered = await request.recover?.();
      if (recovered !== undefined) return { kind: "done", content: recovered };
    }
  };

  return {
    async call(request) {
      const answer = await repeated(request);
      if (answer.kind === "refused") throw refusal(base, request.path, answer);
      return answer.content;
    },
    async callUnless(code, request) {
      const answer = await repeated(request);
      if (answer.kind === "done") return answer.content;
      if (answer.code === code) return undefined;
      throw refusal(base, request.path, answer);
    },
  };
}

type Attempt =
  | { readonly kind: "done"; readonly content: MlflowContent }
  | { readonly kind: "refused"; readonly status: number; readonly code: string; readonly said: string }
  /** It may go well another time. */
  | { readonly kind: "passing"; readonly said: string; readonly pause: number };

function serverAddress(server: string): string {
  const url = URL.canParse(server) ? new URL(server) : undefined;
  const isAddress = url?.protocol === "http:" || url?.protocol === "https:";
  if (url === undefined || !isAddress || url.username !== "" || url.search !== "") {
    throw new ParameterError({
      place: "--to",
      rule: `must be the address of an MLflow server, http or https, without name and password, got "${server}"`,
      remedy: "for example --to http://localhost:5000; names and passwords are taken from the environment",
    });
  }
  return url.href.replace(/\/+$/, "");
}

/** As MLflow's own client has it: name and password before the token. */
function authorization({ token, username, password }: MlflowCredentials): Record<string, string> {
  if (username && password) {
    return { authorization: `Basic ${Buffer.from(`${username}:${password}`).toString("base64")}` };
  }
  return token ? { authorization: `Bearer ${token}` } : {};
}

function parsed(text: string): MlflowContent | undefined {
  try {
    const content: unknown = JSON.parse(text);
    return typeof content === "object" && content !== null ? (content as MlflowContent) : undefined;
  } catch {
    return undefined;
  }
}

/** "Retry-After" in seconds or as a date; in milliseconds. */
function askedPause(header: string | null): number {
  if (header === null) return 0;
  const asked = /^\d+$/.test(header) ? 1000 * Number(header) : Date.parse(header) - Date.now();
  return Number.isFinite(asked) ? Math.min(Math.max(asked, 0), longestPause) : 0;
}

function waiting(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = (): void => {
      clearTimeout(timer);
      reject(signal.reason);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener("abort", stop);
      resolve();
    }, milliseconds);
    signal.addEventListener("abort", stop, { once: true });
  });
}

function refusal(base: string, path: string, { status, said }: Extract<Attempt, { kind: "refused" }>): ParameterError {
  const isCredentials = status === 401 || status === 403;
  return new ParameterError({
    place: "MLflow",
    rule: isCredentials
      ? `${base} must accept the credentials, got ${said}`
      : `${base} must accept ${path}, got ${said}`,
    remedy: isCredentials
      ? "set MLFLOW_TRACKING_TOKEN, or MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD"
      : "check that --to is the address of an MLflow server",
  });
}
