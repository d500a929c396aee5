/** A conversation as a person holds it: the line, the sound and what is shown, behind one small interface for React. */
import { fromBase64, toBase64 } from "../audio/base64";
import { Loudspeaker, Microphone, MicrophoneError, type MicrophoneTrouble } from "../audio/sound";
import { clientSecret, forgetKey, readiness, serverInfo, storedKey, type ServerInfo } from "./access";
import { EMPTY, next, type Conversation, type Happening } from "./conversation";
import { Line, type LineState, type Trouble } from "./line";
import type { ServerEvent } from "./events";
import { keepConversation, keptConversation, keptSettings, keepSettings, type Settings } from "./kept";

export type Phase = "loading" | "away" | "pairing" | "welcome" | "talking" | "receipt";
export type MicrophoneState = "off" | "starting" | "on" | "held";

export interface View {
  phase: Phase;
  server: ServerInfo | null;
  /** Pairing is asked for again, because the key was refused. */
  keyRefused: boolean;
  line: LineState;
  trouble: Trouble;
  conversation: Conversation;
  sessionKey: string;
  playing: boolean;
  microphone: MicrophoneState;
  microphoneTrouble: MicrophoneTrouble | null;
  settings: Settings;
}

/** Event id of what stops a reply: it may have ended meanwhile, and then the server's error means nothing. */
const STOPPING = "stop";
/** Code of the error that says that a person of the branch has ended the conversation. */
const ENDED = "session_ended";
/** Frames of 40 ms; less than this was no word but a slip of the finger. */
const SHORTEST_HOLD = 4;

export class Talk {
  private view: View;
  private readonly watchers = new Set<() => void>();
  private readonly line: Line;
  private context: AudioContext | null = null;
  private loudspeaker: Loudspeaker | null = null;
  private microphone: Microphone | null = null;
  private opening: Promise<void> | null = null;
  private readonly stopped = new Set<string>();
  private wordsToSend: { id: string; text: string }[] = [];
  private greet = false;
  private met = false;
  private heldFrames = 0;
  private readonly levelWatchers = new Set<(level: number) => void>();

  constructor() {
    const kept = keptConversation();
    this.view = {
      phase: "loading",
      server: null,
      keyRefused: false,
      line: "closed",
      trouble: null,
      conversation: kept?.conversation ?? EMPTY,
      sessionKey: kept?.key ?? newKey(),
      playing: false,
      microphone: "off",
      microphoneTrouble: null,
      settings: keptSettings(),
    };
    this.line = new Line({
      state: (line, trouble) => this.lineChanged(line, trouble),
      event: (event) => this.take(event),
      secret: clientSecret,
      readiness,
    });
    window.addEventListener("online", () => this.line.retry());
    window.addEventListener("offline", () => this.line.lost());
    document.addEventListener("visibilitychange", () => {
      if (document.visibilityState !== "visible") return;
      this.line.retry();
      void this.context?.resume();
    });
    void this.start(kept !== null);
  }

  readonly subscribe = (watcher: () => void): (() => void) => {
    this.watchers.add(watcher);
    return () => this.watchers.delete(watcher);
  };

  readonly snapshot = (): View => this.view;

  /** Told of the microphone's level, 0 to 1, for each 40 ms; gives what ends it. */
  watchLevel(watcher: (level: number) => void): () => void {
    this.levelWatchers.add(watcher);
    return () => this.levelWatchers.delete(watcher);
  }

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

  /** Go on with a conversation that was begun at another device. */
  resume(sessionKey: string): void {
    this.wipe();
    this.show({ sessionKey, phase: "talking" });
    this.connect(false);
  }

  say(words: string): void {
    const text = words.trim();
    if (text === "") return;
    void this.interrupt(true);
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
    const heard = await this.loudspeaker?.flush();
    this.show({ playing: false });
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
    if (this.view.microphone !== "off") return;
    this.show({ microphone: "starting", microphoneTrouble: null });
    try {
      await this.unlock();
      await this.microphone?.start(this.view.settings.microphone);
      this.show({ microphone: "on" });
      this.configure();
    } catch (error) {
      const trouble = error instanceof MicrophoneError ? error.trouble : "busy";
      this.show({ microphone: "off", microphoneTrouble: trouble });
    }
  }

  closeMicrophone(): void {
    this.microphone?.stop();
    this.tellLevel(0);
    // half a turn that nobody finishes would wait for ever
    if (this.view.settings.hold && this.view.microphone === "held") this.line.send({ type: "input_audio_buffer.clear" });
    this.show({ microphone: "off" });
  }

  /** Push to talk: from `press` to `release` the microphone is heard. */
  press(): void {
    if (this.view.microphone !== "on") return;
    this.heldFrames = 0;
    this.show({ microphone: "held" });
    void this.interrupt(true);
  }

  release(): void {
    if (this.view.microphone !== "held") return;
    this.show({ microphone: "on" });
    this.tellLevel(0);
    if (this.heldFrames < SHORTEST_HOLD) {
      this.line.send({ type: "input_audio_buffer.clear" });
      return;
    }
    this.line.send({ type: "input_audio_buffer.commit" });
    this.line.send({ type: "response.create" });
  }

  set(change: Partial<Settings>): void {
    const before = this.view.settings;
    const settings = { ...before, ...change };
    keepSettings(settings);
    this.show({ settings });
    if (before.sound && !settings.sound) void this.interrupt(false);
    if (!before.sound && settings.sound) void this.unlock().then(() => this.configure());
    if (before.loudspeaker !== settings.loudspeaker) void this.chooseLoudspeaker();
    if (before.microphone !== settings.microphone && this.view.microphone === "on") {
      void this.microphone?.start(settings.microphone).catch(() => this.microphoneLost());
    }
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
  }

  // Sound

  /** Make sound possible: browsers allow it from a touch or a key on. */
  async unlock(): Promise<void> {
    this.opening ??= this.openSound();
    try {
      await this.opening;
      await this.context?.resume();
    } catch (error) {
      this.opening = null;
      throw error;
    }
    this.configure();
  }

  private async openSound(): Promise<void> {
    const context = new AudioContext({ latencyHint: "interactive" });
    this.context = context;
    const loudspeaker = new Loudspeaker(context, (playing) => {
      if (playing !== this.view.playing) this.show({ playing });
    });
    await loudspeaker.open();
    this.loudspeaker = loudspeaker;
    this.microphone = new Microphone(
      context,
      ({ pcm, level }) => this.hear(pcm, level),
      () => this.microphoneLost(),
    );
    await this.chooseLoudspeaker();
  }

  private async chooseLoudspeaker(): Promise<void> {
    const context = this.context as (AudioContext & { setSinkId?: (id: string) => Promise<void> }) | null;
    const wanted = this.view.settings.loudspeaker;
    if (context?.setSinkId === undefined || wanted === null) return;
    await context.setSinkId(wanted).catch(() => undefined); // a device that is gone: the usual one plays
  }

  private hear(pcm: ArrayBuffer, level: number): void {
    if (this.view.settings.hold) {
      if (this.view.microphone !== "held") return;
      this.heldFrames += 1;
    }
    this.tellLevel(level);
    this.line.sendAudio(toBase64(pcm));
  }

  private microphoneLost(): void {
    this.show({ microphone: "off", microphoneTrouble: "none" });
    this.tellLevel(0);
  }

  private tellLevel(level: number): void {
    for (const watcher of this.levelWatchers) watcher(level);
  }

  // The line

  private connect(greet: boolean): void {
    this.greet = greet;
    this.met = false;
    this.line.open(this.view.sessionKey);
  }

  private lineChanged(line: LineState, trouble: Trouble): void {
    const was = this.view.line;
    this.show({ line, trouble });
    if (was === "live" && line !== "live") {
      void this.loudspeaker?.flush();
      this.happen({ type: "page.lost" });
    }
    if (line === "elsewhere") this.closeMicrophone();
    if (line === "refused") {
      forgetKey();
      this.closeMicrophone();
      this.show({ phase: "pairing", keyRefused: true });
    }
  }

  private take(event: ServerEvent): void {
    if (event.type === "session.created") {
      this.configure();
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
    if (event.type === "response.output_audio.delta") {
      if (!this.stopped.has(event.response_id) && this.view.settings.sound) {
        this.loudspeaker?.play(event.item_id, fromBase64(event.delta));
        if (this.loudspeaker !== null && !this.view.playing) this.show({ playing: true });
      }
      return;
    }
    if (event.type === "response.output_audio.done") this.loudspeaker?.end();
    if (event.type === "input_audio_buffer.speech_started") void this.interrupt(false);
    if (event.type === "conversation.item.truncated") {
      this.line.send({ type: "conversation.item.retrieve", item_id: event.item_id, event_id: STOPPING });
    }
    if (event.type === "response.done") this.stopped.delete(event.response.id);
    this.happen(event);
  }

  private configure(): void {
    const audible = this.view.settings.sound && this.loudspeaker !== null;
    const turns = this.view.settings.hold ? null : { type: "server_vad" };
    this.line.send({
      type: "session.update",
      session: {
        type: "realtime",
        output_modalities: [audible ? "audio" : "text"],
        audio: { input: { turn_detection: turns } },
      },
    });
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
    void this.loudspeaker?.flush();
    this.closeMicrophone();
    this.line.close();
    this.show({ playing: false });
  }

  private wipe(): void {
    keepConversation(null);
    this.stopped.clear();
    this.wordsToSend = [];
    this.show({ conversation: EMPTY, sessionKey: newKey(), microphoneTrouble: null, trouble: null });
  }

  private show(change: Partial<View>): void {
    this.view = { ...this.view, ...change };
    for (const watcher of this.watchers) watcher();
  }
}

function newKey(): string {
  // randomUUID is for secure pages only; a page on plain HTTP still needs a key that nobody guesses
  if (typeof crypto.randomUUID === "function") return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6]! & 0x0f) | 0x40;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}
