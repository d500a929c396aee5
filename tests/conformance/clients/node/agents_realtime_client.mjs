// `@openai/agents-realtime` (Node): a RealtimeSession holds the scripted conversation over its WebSocket transport.
// The script is the one of ../scene.py; so are the command line and the report.

import { readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { OpenAIRealtimeWebSocket, RealtimeAgent, RealtimeSession, tool } from '@openai/agents-realtime';
import { z } from 'zod';

const RATE = 24_000;
const FRAME_MS = 40;
const FRAME_BYTES = (RATE * FRAME_MS * 2) / 1000;
const PATIENCE_MS = 30_000;
const SPEAK_OVER_AFTER_MS = 800;

const sleep = (ms) => new Promise((done) => setTimeout(done, Math.max(0, ms)));

/** The PCM16 mono 24 kHz samples of a WAV file. */
function readWav(path) {
  const file = readFileSync(path);
  let place = 12;
  while (file.toString('latin1', place, place + 4) !== 'data') {
    if (file.toString('latin1', place, place + 4) === 'fmt ' && file.readUInt32LE(place + 12) !== RATE) {
      throw new Error(`${path} is not at ${RATE} Hz`);
    }
    place += 8 + file.readUInt32LE(place + 4);
  }
  return file.subarray(place + 8, place + 8 + file.readUInt32LE(place + 4));
}

function writeWav(path, pcm) {
  const header = Buffer.alloc(44);
  header.write('RIFF', 0);
  header.writeUInt32LE(36 + pcm.length, 4);
  header.write('WAVEfmt ', 8);
  header.writeUInt32LE(16, 16);
  header.writeUInt16LE(1, 20);
  header.writeUInt16LE(1, 22);
  header.writeUInt32LE(RATE, 24);
  header.writeUInt32LE(RATE * 2, 28);
  header.writeUInt16LE(2, 32);
  header.writeUInt16LE(16, 34);
  header.write('data', 36);
  header.writeUInt32LE(pcm.length, 40);
  writeFileSync(path, Buffer.concat([header, pcm]));
}

/** Collects what the library reports. */
class Ear {
  replies = [];
  said = [];
  tools = [];
  errors = [];
  notUnderstood = {};

  begins() {
    this.replies.push({ words: '', audio: [], bytes: 0, beganAt: null, interrupted: false, over: false });
  }
  get reply() {
    if (!this.replies.length) this.begins();
    return this.replies.at(-1);
  }
  audio(data) {
    this.reply.beganAt ??= performance.now();
    this.reply.audio.push(Buffer.from(data));
    this.reply.bytes += data.byteLength;
  }
  interrupted() {
    if (this.replies.length && performance.now() < heardAt(this.reply)) this.reply.interrupted = true;
  }
  async find(wanted, since) {
    const until = performance.now() + PATIENCE_MS;
    while (performance.now() < until) {
      const found = this.replies.slice(since).find(wanted);
      if (found) return found;
      await sleep(10);
    }
    throw new Error(`a reply did not come in ${PATIENCE_MS / 1000} s (the last one: ${this.replies.at(-1)?.words})`);
  }
}

const heardAt = (reply) => (reply.beganAt ?? 0) + (reply.bytes / (RATE * 2)) * 1000;

/** A session with its transport, and what becomes of each frame of the server. */
class Desk {
  constructor(url, key, ear) {
    const query = new URLSearchParams({ model: 'lobby', session_state_key: key });
    this.url = `${url.replace('http', 'ws')}/v1/realtime?${query}`;
    this.ear = ear;
    this.kept = [];
    this.agent = new RealtimeAgent({
      name: 'desk',
      instructions: 'Help the customer.',
      tools: [
        tool({
          name: 'open_locker',
          description: 'Open a parcel locker for the customer.',
          parameters: z.object({ number: z.number().int().describe('the number of the parcel locker') }),
          execute: async ({ number }) =>
            JSON.stringify({ message: `Locker ${number} is open, and closes again in 2 minutes.` }),
        }),
      ],
    });
  }

  async connect() {
    const transport = new OpenAIRealtimeWebSocket({ url: this.url });
    this.session = new RealtimeSession(this.agent, { transport, model: 'lobby', tracingDisabled: true });
    this.watchSchemas(transport);
    const { session, ear } = this;
    let kept = [];
    this.kept.push(() => kept);
    session.on('audio', (event) => ear.audio(event.data));
    session.on('audio_interrupted', () => ear.interrupted());
    session.on('history_updated', (history) => (kept = history));
    session.on('error', (error) => ear.errors.push(JSON.stringify(error.error?.error ?? String(error.error))));
    session.on('agent_tool_end', (_context, _agent, called, result, details) =>
      ear.tools.push({ name: called.name, arguments: details.toolCall.arguments, output: result }),
    );
    transport.on('turn_started', () => ear.begins());
    transport.on('turn_done', () => (ear.reply.over = true));
    transport.on('audio_transcript_delta', (event) => (ear.reply.words += event.delta));
    transport.on('conversation.item.input_audio_transcription.completed', (event) => ear.said.push(event.transcript));
    await session.connect({ apiKey: 'local' });
  }

  /** Count the frames that the library's schemas refuse: it shows them as they came, but never by their own name. */
  watchSchemas(transport) {
    let open = null;
    const refused = () => {
      if (open) this.ear.notUnderstood[open] = (this.ear.notUnderstood[open] ?? 0) + 1;
    };
    const emit = transport.emit.bind(transport);
    transport.emit = (name, ...values) => {
      if (name === '*') {
        refused();
        open = values[0].type;
      } else if (name === open) {
        open = null;
      }
      return emit(name, ...values);
    };
  }

  sendAudio(pcm) {
    this.session.sendAudio(pcm.buffer.slice(pcm.byteOffset, pcm.byteOffset + pcm.byteLength));
  }

  drop() {
    this.session.close();
  }

  history() {
    return this.kept.flatMap((items) => items()).map((item) => {
      if (item.type !== 'message') return item.type;
      return `${item.role}: ${item.content.map((part) => part.transcript ?? part.text ?? '').join(' ')}`;
    });
  }
}

/** Hands sound to the session in real time: words where there are some, else silence. */
class Microphone {
  words = Buffer.alloc(0);
  constructor(desk) {
    this.desk = desk;
  }
  switchOn() {
    const started = performance.now();
    let frames = 0;
    this.timer = setInterval(() => {
      while (performance.now() - started >= frames * FRAME_MS) {
        const piece = Buffer.alloc(FRAME_BYTES);
        this.words.copy(piece, 0, 0, FRAME_BYTES);
        this.words = this.words.subarray(FRAME_BYTES);
        this.desk.sendAudio(piece);
        frames += 1;
      }
    }, FRAME_MS / 2);
  }
  switchOff() {
    clearInterval(this.timer);
  }
  async speak(pcm) {
    this.words = Buffer.concat([this.words, pcm]);
    while (this.words.length) await sleep(FRAME_MS);
  }
}

async function hold(desk, ear, questions, replies) {
  const microphone = new Microphone(desk);
  const recording = (name) => readWav(`${questions}/${name}.wav`);
  const heardOut = async (name, since) => {
    replies[name] = await ear.find((reply) => reply.over && reply.words.trim(), since);
    await sleep(heardAt(replies[name]) - performance.now());
  };
  const ask = async (name) => {
    const since = ear.replies.length;
    await microphone.speak(recording(name));
    await heardOut(name, since);
  };
  const askOver = async (name, over) => {
    const since = ear.replies.length;
    await microphone.speak(recording(over));
    replies[over] = await ear.find((reply) => reply.beganAt !== null, since);
    await sleep(SPEAK_OVER_AFTER_MS);
    await microphone.speak(recording(name));
    await heardOut(name, ear.replies.indexOf(replies[over]) + 1);
  };
  try {
    await desk.connect();
    microphone.switchOn();
    await ask('status');
    await askOver('bag', 'flights');
    await ask('check_in');
    await ask('locker');
    microphone.switchOff();
    desk.drop();
    await desk.connect();
    microphone.switchOn();
    await ask('parking');
  } finally {
    microphone.switchOff();
  }
}

const { values: wishes } = parseArgs({
  options: {
    url: { type: 'string' },
    session: { type: 'string' },
    questions: { type: 'string' },
    out: { type: 'string' },
  },
});
if (!wishes.url || !wishes.session || !wishes.questions) {
  console.error('usage: node agents_realtime_client.mjs --url URL --session KEY --questions FOLDER [--out FOLDER]');
  process.exit(2);
}
const lock = JSON.parse(readFileSync(new URL('package-lock.json', import.meta.url)));
const ear = new Ear();
const desk = new Desk(wishes.url, wishes.session, ear);
const replies = {};
try {
  await hold(desk, ear, wishes.questions, replies);
} catch (error) {
  ear.errors.push(String(error));
}
const said = {};
for (const [name, reply] of Object.entries(replies)) {
  const audio = Buffer.concat(reply.audio);
  said[name] = {
    words: reply.words.trim(),
    audio_ms: Math.floor((audio.length * 1000) / (RATE * 2)),
    interrupted: reply.interrupted,
  };
  if (wishes.out) writeWav(`${wishes.out}/${name}.wav`, audio);
}
const report = {
  client: '@openai/agents-realtime',
  version: lock.packages['node_modules/@openai/agents-realtime'].version,
  replies: said,
  said: ear.said,
  tools: ear.tools,
  errors: ear.errors,
  complaints: [],
  not_understood: ear.notUnderstood,
  history: desk.history(),
};
desk.drop();
console.log(JSON.stringify(report, null, 2));
