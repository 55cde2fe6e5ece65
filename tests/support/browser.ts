/**
 * A browser without a screen, driven by the Chrome DevTools Protocol: https://chromedevtools.github.io/devtools-protocol/
 * It comes with tools/clients.ts; tests that need it are skipped, with that reason, where it is not there.
 * @module
 */

import { CLIENTS } from "../../tools/clients.ts";
import { exists } from "../../tools/debian.ts";
import { isFile } from "../../tools/files.ts";

const FOLDER = `${CLIENTS}/browser`;
const FLAGS = [
  ...["--headless", "--no-sandbox", "--no-zygote", "--disable-dev-shm-usage", "--hide-scrollbars", "--no-first-run"],
  ...["--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader", "--disable-background-networking"],
  ...["--allow-file-access-from-files", "--remote-debugging-port=0", "--window-size=1200,800"],
];
/** A page that does not come to what is waited for in this time never does. */
const PATIENCE_MS = 30_000;
const LOOK_PAUSE_MS = 50;
const REMOVALS_MAX = 50;

/** Registers a test that needs what tools/clients.ts fetches. */
export function testWithClients(claim: string, test: () => Promise<void>): void {
  const isThere = isFile(`${FOLDER}/chromium`);
  const name = isThere ? claim : `${claim} (skipped: no clients; deno run -A tools/clients.ts fetches them)`;
  Deno.test({ name, ignore: !isThere, fn: test });
}

interface Answer {
  readonly id?: number;
  readonly result?: Record<string, unknown>;
  readonly error?: { readonly message: string };
  readonly method?: string;
  readonly params?: { readonly exceptionDetails?: unknown; readonly entry?: { readonly text: string } };
}

/** One page in a browser of its own, which ends when it is disposed. */
export class Page implements AsyncDisposable {
  /** What the page has complained of: exceptions, and what it may not load. */
  readonly complaints: string[] = [];
  readonly #child: Deno.ChildProcess;
  readonly #socket: WebSocket;
  readonly #profile: string;
  readonly #waiting = new Map<number, (answer: Answer) => void>();
  #session: string | undefined;
  #next = 1;

  private constructor(child: Deno.ChildProcess, socket: WebSocket, profile: string) {
    this.#child = child;
    this.#socket = socket;
    this.#profile = profile;
    socket.onmessage = ({ data }) => this.#take(JSON.parse(data));
  }

  /** Opens an address, which may be of a file. */
  static async open(url: string): Promise<Page> {
    const profile = Deno.makeTempDirSync({ prefix: "austinp-browser-" });
    const fonts = `${profile}/fonts.conf`;
    Deno.writeTextFileSync(fonts, fontSettings(profile));
    const child = new Deno.Command(`${FOLDER}/chromium`, {
      args: [...FLAGS, `--user-data-dir=${profile}`, "about:blank"],
      env: { LD_LIBRARY_PATH: `${FOLDER}/lib:${FOLDER}`, FONTCONFIG_FILE: fonts, HOME: profile },
      stdin: "null",
      stdout: "null",
      stderr: "piped",
    }).spawn();
    const socket = new WebSocket(await debuggerOf(child));
    await new Promise<void>((resolve, reject) => {
      socket.onopen = () => resolve();
      socket.onerror = () => reject(new Error("Cannot speak to the browser"));
    });
    const page = new Page(child, socket, profile);
    const { targetId } = await page.#call("Target.createTarget", { url: "about:blank" });
    const { sessionId } = await page.#call("Target.attachToTarget", { targetId, flatten: true });
    page.#session = sessionId as string;
    for (const domain of ["Page", "Runtime", "Log"]) await page.#call(`${domain}.enable`);
    await page.go(url);
    return page;
  }

  /** Goes to another address, and waits until it is loaded. */
  async go(url: string): Promise<void> {
    await this.#call("Page.navigate", { url });
    await this.until("document.readyState === 'complete' && location.href !== 'about:blank'");
  }

  /** The value of a JavaScript expression in the page; of a promise, what that comes to. */
  async value<T>(expression: string): Promise<T> {
    const options = { expression, returnByValue: true, awaitPromise: true };
    const { result, exceptionDetails } = await this.#call("Runtime.evaluate", options);
    if (exceptionDetails !== undefined) throw new Error(`${expression}: ${JSON.stringify(exceptionDetails)}`);
    return (result as { value: T }).value;
  }

  /** Waits until an expression is true. */
  async until(expression: string): Promise<void> {
    for (const deadline = Date.now() + PATIENCE_MS; Date.now() < deadline;) {
      if (await this.value<boolean>(`Boolean(${expression})`)) return;
      await new Promise((resolve) => setTimeout(resolve, LOOK_PAUSE_MS));
    }
    throw new Error(`The page never came to: ${expression}`);
  }

  /** Presses a key, such as `Enter` or `/`, as a person would. */
  async press(key: string): Promise<void> {
    const code: Record<string, number> = {
      Enter: 13,
      Escape: 27,
      ArrowLeft: 37,
      ArrowUp: 38,
      ArrowRight: 39,
      ArrowDown: 40,
    };
    const text = key.length === 1 ? { text: key } : key === "Enter" ? { text: "\r" } : {};
    const event = { key, windowsVirtualKeyCode: code[key] ?? key.charCodeAt(0), ...text };
    await this.#call("Input.dispatchKeyEvent", { type: "keyDown", ...event });
    await this.#call("Input.dispatchKeyEvent", { type: "keyUp", ...event });
  }

  /** Types text into what has the focus. */
  async type(text: string): Promise<void> {
    await this.#call("Input.insertText", { text });
  }

  /** Clicks in the middle of the element that an expression gives. */
  async click(expression: string): Promise<void> {
    const place = await this.value<{ x: number; y: number }>(
      `(() => { const one = ${expression}; one.scrollIntoView({ block: "nearest" }); ` +
        `const { left, top, width, height } = one.getBoundingClientRect(); ` +
        `return { x: left + width / 2, y: top + height / 2 }; })()`,
    );
    for (const type of ["mousePressed", "mouseReleased"]) {
      await this.#call("Input.dispatchMouseEvent", { type, ...place, button: "left", clickCount: 1 });
    }
  }

  /** Shows the page as on a machine that is set to dark or light, or as on paper. */
  async emulate({ theme, media = "" }: { theme?: "dark" | "light"; media?: "print" | "" }): Promise<void> {
    const features = theme === undefined ? [] : [{ name: "prefers-color-scheme", value: theme }];
    await this.#call("Emulation.setEmulatedMedia", { media, features });
  }

  /** A picture of the page, as PNG. */
  async screenshot(): Promise<Uint8Array> {
    const { data } = await this.#call("Page.captureScreenshot", { format: "png" });
    return Uint8Array.from(atob(data as string), (character) => character.charCodeAt(0));
  }

  /** Ends the browser. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#socket.close();
    await new Promise<void>((resolve) => {
      if (this.#socket.readyState === WebSocket.CLOSED) resolve();
      this.#socket.onclose = () => resolve();
    });
    this.#child.kill("SIGKILL");
    await this.#child.stderr.cancel();
    await this.#child.status;
    await removeFolder(this.#profile);
  }

  #call(method: string, params: Record<string, unknown> = {}): Promise<Record<string, unknown>> {
    const id = this.#next++;
    this.#socket.send(JSON.stringify({ id, method, params, sessionId: this.#session }));
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`${method}: the browser does not answer`)), PATIENCE_MS);
      this.#waiting.set(id, ({ result, error }) => {
        clearTimeout(timer);
        this.#waiting.delete(id);
        if (error === undefined) resolve(result ?? {});
        else reject(new Error(`${method}: ${error.message}`));
      });
    });
  }

  #take(answer: Answer): void {
    if (answer.id !== undefined) this.#waiting.get(answer.id)?.(answer);
    if (answer.method === "Runtime.exceptionThrown") this.complaints.push(JSON.stringify(answer.params));
    if (answer.method === "Log.entryAdded") this.complaints.push(answer.params?.entry?.text ?? "");
  }
}

/** The fonts that were fetched, and no others. https://www.freedesktop.org/software/fontconfig/fontconfig-user.html */
function fontSettings(cache: string): string {
  return '<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd"><fontconfig>' +
    `<dir>${FOLDER}/fonts</dir><cachedir>${cache}/font-cache</cachedir></fontconfig>\n`;
}

/** Where the browser listens, which it says on standard error. */
async function debuggerOf(child: Deno.ChildProcess): Promise<string> {
  const reader = child.stderr.getReader();
  const decoder = new TextDecoder();
  try {
    for (let said = "";;) {
      const { value, done } = await reader.read();
      if (done) throw new Error(`The browser has ended: ${said}`);
      said += decoder.decode(value, { stream: true });
      const address = /DevTools listening on (ws:\S+)\n/.exec(said)?.[1];
      if (address !== undefined) return address;
    }
  } finally {
    reader.releaseLock();
  }
}

/** Its last processes may still be writing there, also when it was all gone for a moment. */
async function removeFolder(path: string): Promise<void> {
  for (let tries = 0; tries < REMOVALS_MAX && exists(path); tries++) {
    await Deno.remove(path, { recursive: true }).catch(() => {});
    await new Promise((resolve) => setTimeout(resolve, LOOK_PAUSE_MS));
  }
}
