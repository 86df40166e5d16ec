import { createStore } from "./store";

export type Alarm = "urgent" | "ordinary" | null;

const kMuteMs = 120_000;
/** One distinct sound per priority, repeated until somebody acknowledges: [frequency Hz, start s, length s]. */
const patterns: Record<"urgent" | "ordinary", { everyMs: number; tones: [number, number, number][] }> = {
  urgent: { everyMs: 2000, tones: [[880, 0, 0.16], [660, 0.2, 0.16], [880, 0.4, 0.16]] },
  ordinary: { everyMs: 8000, tones: [[520, 0, 0.22]] },
};

/** Of what is no incident, once and lower, by priority; the third has none. Its words stand on the strip. */
const chimes: Record<number, [number, number, number][]> = { 1: [[440, 0, 0.3], [330, 0.36, 0.3]], 2: [[350, 0, 0.25]] };

/** `mutedUntil` in wall ms, 0 when not muted. `blocked`: the browser lets no sound out before a gesture. */
export const soundState = createStore({ mutedUntil: 0, blocked: false });

let context: AudioContext | null = null;
let alarm: Alarm = null;
let timer: ReturnType<typeof setInterval> | null = null;

/** Opens the audio output; call it from a gesture of the user. Without an output the desk stays usable. */
export async function unlockSound(): Promise<void> {
  if (typeof AudioContext === "undefined") return;
  context ??= new AudioContext();
  await context.resume().catch(() => undefined);
  soundState.set({ blocked: context.state !== "running" });
}

export function setAlarm(next: Alarm): void {
  if (next === alarm) return;
  alarm = next;
  if (timer) clearInterval(timer);
  timer = null;
  if (!next) return;
  play();
  timer = setInterval(play, patterns[next].everyMs);
}

export function chime(priority: number): void {
  const tones = chimes[priority];
  if (!tones || !context || context.state !== "running" || soundState.get().mutedUntil > Date.now()) return;
  for (const [frequency, start, length] of tones) tone(context, frequency, start, length);
}

/** Two minutes at most, so that no seat stays deaf. */
export function toggleMute(now = Date.now()): void {
  soundState.set((state) => ({ mutedUntil: state.mutedUntil > now ? 0 : now + kMuteMs }));
}

function play(): void {
  if (!alarm || soundState.get().mutedUntil > Date.now()) return;
  if (!context || context.state !== "running") {
    if (typeof AudioContext !== "undefined" && !soundState.get().blocked) soundState.set({ blocked: true });
    return;
  }
  for (const [frequency, start, length] of patterns[alarm].tones) tone(context, frequency, start, length);
}

function tone(audio: AudioContext, frequency: number, start: number, length: number): void {
  const oscillator = audio.createOscillator();
  const gain = audio.createGain();
  const at = audio.currentTime + start;
  oscillator.frequency.value = frequency;
  gain.gain.setValueAtTime(0, at);
  gain.gain.linearRampToValueAtTime(0.18, at + 0.02);
  gain.gain.linearRampToValueAtTime(0, at + length);
  oscillator.connect(gain).connect(audio.destination);
  oscillator.start(at);
  oscillator.stop(at + length);
}
