/** A conversation as a person holds it: the line, the sound and what is shown, behind one small interface for React. */
import { AccessError, clientSecret, forgetKey, readiness, serverInfo, storedKey, type ServerInfo } from "./access";
import { EMPTY, LISTENING, next, type Conversation, type Happening } from "./conversation";
import { Line, type LineState, type Trouble } from "./line";
import type { ServerEvent } from "./events";
import { keepConversation, keptConversation, keptSettings, keepSettings, type Settings } from "./kept";
import { pageIsOld } from "./page-version";
import { newKey } from "./session-key";
import { SILENT, Voice, type VoiceState } from "./voice";

export type Phase = "loading" | "away" | "pairing" | "welcome" | "talking" | "receipt" | "moved";

export interface View extends VoiceState {
  phase: Phase;
  server: ServerInfo | null;
  /** Pairing is asked for again, because the key was refused. */
  keyRefused: boolean;
  line: LineState;
  trouble: Trouble;
  conversation: Conversation;
  sessionKey: string;
  /** Another window holds the conversation, and the server lets this one listen only. */
  listening: boolean;
  settings: Settings;
}

/** Event id of what stops a reply: it may have ended meanwhile, and then the server's error means nothing. */
const STOPPING = "stop";
/** Code of the error that says that a person of the branch has ended the conversation. */
const ENDED = "session_ended";

export class Talk {
  private view: View;
  private readonly watchers = new Set<() => void>();
  private readonly line: Line;
  /** What is heard and said aloud. */
  readonly voice: Voice;
  private readonly stopped = new Set<string>();
  private wordsToSend: { id: string; text: string }[] = [];
  /** Whether the desk is asked to speak first on the next connection. */
  private greet = false;
  private met = false;
  private configured = "";

  constructor() {
    const kept = keptConversation();
    this.view = {
      ...SILENT,
      phase: "loading",
      server: null,
      keyRefused: false,
      line: "closed",
      trouble: null,
      conversation: kept?.conversation ?? EMPTY,
      sessionKey: kept?.key ?? newKey(),
      listening: false,
      settings: keptSettings(),
    };
    this.line = new Line({
      state: (line, trouble) => this.lineChanged(line, trouble),
      event: (event) => this.take(event),
      secret: (key) => this.secret(key),
      readiness,
    });
    this.voice = new Voice({
      changed: (change) => this.show(change),
      send: (event) => this.line.send(event),
      sendAudio: (audio) => this.line.sendAudio(audio),
      settings: () => this.view.settings,
    });
    window.addEventListener("online", () => this.line.retry());
    window.addEventListener("offline", () => this.line.lost());
    document.addEventListener("visibilitychange", () => {
      if (document.visibilityState !== "visible") return;
      this.line.retry();
      this.voice.wake();
    });
    void this.start(kept !== null);
  }

  readonly subscribe = (watcher: () => void): (() => void) => {
    this.watchers.add(watcher);
    return () => this.watchers.delete(watcher);
  };

  readonly snapshot = (): View => this.view;

  /** Ask the server who it is, and go on where this tab was. */
  async start(goOn = false): Promise<void> {
    try {
      const server = await serverInfo();
      const needsKey = server.keyNeeded && storedKey() === null;
      this.show({ server, phase: needsKey ? "pairing" : goOn ? "talking" : "welcome" });
      if (goOn && !needsKey) this.connect(false);
    } catch {
      this.show({ phase: goOn ? "talking" : "away" });
      if (goOn) this.connect(false);
    }
  }

  /** This device has a key now. */
  paired(): void {
    const goOn = this.view.conversation.entries.length > 0;
    this.show({ keyRefused: false, phase: goOn ? "talking" : "welcome" });
    if (goOn) this.connect(false);
  }

  /** Begin by voice or by words; `words` are what the customer says first. Call it from a touch or a key. */
  async begin(how: "voice" | "text", words?: string): Promise<void> {
    this.show({ phase: "talking" });
    if (how === "voice") await this.openMicrophone();
    else if (this.view.settings.sound) await this.unlock();
    if (words !== undefined) this.say(words);
    if (this.line.state === "closed") this.connect(words === undefined);
  }

  /** Go on with a conversation that was begun at another device: the desk asks again what it asked there. */
  resume(sessionKey: string): void {
    this.wipe();
    this.show({ sessionKey, phase: "talking" });
    this.happen({ type: "page.resumed" });
    this.connect(true);
  }

  /** A code was given: whoever enters it takes this conversation along. */
  codeGiven(): void {
    this.happen({ type: "page.code_given" });
  }

  /** The server does not know this device's key any more. */
  keyRefused(): void {
    forgetKey();
    this.voice.closeMicrophone();
    this.show({ phase: "pairing", keyRefused: true });
  }

  say(words: string): void {
    const text = words.trim();
    if (text === "") return;
    void this.interrupt(true);
    this.show({ listening: false });
    const id = `item_${newKey().replaceAll("-", "").slice(0, 24)}`;
    this.wordsToSend.push({ id, text });
    this.happen({ type: "page.typed", id, text });
    this.sendWords();
    this.line.retry();
  }

  /** Stop the reply that is to be heard. */
  async interrupt(cancel: boolean): Promise<void> {
    const responding = this.view.conversation.responding;
    if (responding !== null) this.stopped.add(responding);
    if (cancel && responding !== null) {
      this.line.send({ type: "response.cancel", response_id: responding, event_id: STOPPING });
    }
    const heard = await this.voice.flush();
    if (heard) {
      const { item, ms } = heard;
      this.line.send({
        type: "conversation.item.truncate",
        item_id: item,
        content_index: 0,
        audio_end_ms: ms,
        event_id: STOPPING,
      });
    }
  }

  async openMicrophone(): Promise<void> {
    await this.voice.openMicrophone();
    this.configure();
  }

  /** Push to talk: what is said from now on is heard, and a reply that sounds is stopped. */
  press(): void {
    if (this.voice.press()) void this.interrupt(true);
  }

  set(change: Partial<Settings>): void {
    const before = this.view.settings;
    const settings = { ...before, ...change };
    keepSettings(settings);
    this.show({ settings });
    if (before.sound && !settings.sound) void this.interrupt(false);
    if (!before.sound && settings.sound) void this.unlock();
    this.voice.set(before);
    if (before.hold !== settings.hold || before.sound !== settings.sound) this.configure();
  }

  /** Connect again where another page has taken the conversation over, or the wait is too long. */
  reconnect(): void {
    if (this.line.state === "elsewhere" || this.line.state === "refused") this.connect(false);
    else this.line.retry();
  }

  /** The customer has done: the receipt is shown, and nothing can be said any more. */
  end(): void {
    this.quiet();
    this.show({ phase: "receipt" });
  }

  /** Everything of this conversation leaves this device. */
  newConversation(): void {
    this.quiet();
    this.wipe();
    this.show({ phase: "welcome" });
    void this.renew();
  }

  /** Load the page anew if the server has another one meanwhile; nothing is lost where nothing was begun. */
  private async renew(): Promise<void> {
    if ((await pageIsOld()) && this.view.phase === "welcome") location.reload();
  }

  /** Make sound possible: browsers allow it from a touch or a key on. */
  async unlock(): Promise<void> {
    await this.voice.unlock();
    this.configure();
  }

  // The line

  private connect(greet: boolean): void {
    this.greet = greet;
    this.met = false;
    this.line.open(this.view.sessionKey);
  }

  /** A key for one connection; a page that began while the server was away asks only now whether one is needed. */
  private async secret(sessionKey: string): Promise<string | null> {
    const server = this.view.server ?? (await serverInfo());
    if (this.view.server === null) this.show({ server });
    if (server.keyNeeded && storedKey() === null) throw new AccessError("key_needed", 401);
    return clientSecret(sessionKey);
  }

  private lineChanged(line: LineState, trouble: Trouble): void {
    const was = this.view.line;
    this.show({ line, trouble });
    if (was === "live" && line !== "live") {
      void this.voice.flush();
      this.happen({ type: "page.lost" });
    }
    if (line === "elsewhere") this.gone();
    if (line === "refused") this.keyRefused();
  }

  /** Another page holds the conversation now. */
  private gone(): void {
    this.voice.closeMicrophone();
    if (!this.view.conversation.leaving) return;
    // whoever stands here next is another person: nothing of it stays, nor a way back into it
    this.quiet();
    this.wipe();
    this.show({ phase: "moved" });
  }

  private take(event: ServerEvent): void {
    if (event.type === "session.created") {
      this.configured = "";
      this.configure();
      this.show({ listening: false });
      this.happen({ type: "page.connected", again: this.met });
      const greet = this.greet && this.wordsToSend.length === 0;
      this.met = true;
      this.greet = false;
      if (greet) this.line.send({ type: "response.create" });
      this.sendWords();
      return;
    }
    if (event.type === "error" && event.error.event_id === STOPPING) return;
    if (event.type === "error" && event.error.code === ENDED) {
      this.end();
      return;
    }
    if (event.type === "error" && event.error.code === LISTENING) {
      this.voice.closeMicrophone();
      this.show({ listening: true });
    }
    if (event.type === "response.output_audio.delta") {
      if (!this.stopped.has(event.response_id)) this.voice.play(event.item_id, event.delta);
      return;
    }
    if (event.type === "response.output_audio.done") this.voice.end();
    if (event.type === "input_audio_buffer.speech_started") void this.interrupt(false);
    if (event.type === "conversation.item.truncated") {
      this.line.send({ type: "conversation.item.retrieve", item_id: event.item_id, event_id: STOPPING });
    }
    if (event.type === "response.done") this.stopped.delete(event.response.id);
    this.happen(event);
  }

  private configure(): void {
    const turns = this.view.settings.hold ? null : { type: "server_vad" };
    const session = {
      type: "realtime",
      output_modalities: [this.voice.audible ? "audio" : "text"],
      audio: { input: { turn_detection: turns } },
    };
    const wanted = JSON.stringify(session);
    if (wanted !== this.configured && this.line.send({ type: "session.update", session })) this.configured = wanted;
  }

  private sendWords(): void {
    while (this.wordsToSend.length > 0 && this.line.state === "live") {
      const { id, text } = this.wordsToSend.shift()!;
      const content = [{ type: "input_text", text }];
      this.line.send({ type: "conversation.item.create", item: { id, type: "message", role: "user", content } });
      this.line.send({ type: "response.create" });
    }
  }

  // What is shown

  private happen(happening: Happening): void {
    const conversation = next(this.view.conversation, happening);
    if (conversation === this.view.conversation) return;
    this.show({ conversation });
    if (this.view.phase === "talking") keepConversation({ key: this.view.sessionKey, conversation });
  }

  private quiet(): void {
    void this.voice.flush();
    this.voice.closeMicrophone();
    this.line.close();
  }

  private wipe(): void {
    keepConversation(null);
    this.stopped.clear();
    this.wordsToSend = [];
    this.voice.forgive();
    this.show({ conversation: EMPTY, sessionKey: newKey(), trouble: null, listening: false });
  }

  private show(change: Partial<View>): void {
    this.view = { ...this.view, ...change };
    for (const watcher of this.watchers) watcher();
  }
}
