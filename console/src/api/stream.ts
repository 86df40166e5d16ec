import { Backoff } from "./backoff";

export type StreamKind = "incident" | "grant" | "camera" | "camera_choice" | "site" | "view" | "media" | "dead_letters" | "deliveries" | "duty" | "alarms" | "ptz";

export interface StreamFrame {
  seq: number;
  kind: StreamKind;
  id: string;
  /** Whole new item; null when it is gone from this user's sight. */
  item: unknown;
}

export type StreamState = "connecting" | "open" | "lost";

export interface StreamOptions {
  url: string;
  token: () => string | null;
  /** The stream stands: read everything anew, because changes may have been missed. */
  onReady: (seq: number) => void;
  onFrame: (frame: StreamFrame) => void;
  onState: (state: StreamState) => void;
  /** The server says that the session has ended; the stream stops. */
  onRefused: () => void;
  open?: (url: string) => WebSocket;
}

/** A server that accepts and says nothing is as lost as one that refuses. */
const kReadyWaitMs = 5000;
/** The close code for a token that is not, or no longer, good. */
const kNotLoggedIn = 4401;
const kinds: ReadonlySet<string> = new Set(["incident", "grant", "camera", "camera_choice", "site", "view", "media", "dead_letters", "deliveries", "duty", "alarms", "ptz"]);

/** Live changes over one WebSocket, reopened for as long as `start` stands. Frames are delivered in order of seq, once. */
export class LiveStream {
  private readonly backoff_ = new Backoff(300, 5000);
  private socket_: WebSocket | null = null;
  private timer_: ReturnType<typeof setTimeout> | null = null;
  private lastSeq_ = 0;
  private running_ = false;

  constructor(private readonly options_: StreamOptions) {}

  start(): void {
    if (this.running_) return;
    this.running_ = true;
    this.connect();
  }

  stop(): void {
    this.running_ = false;
    this.clearTimer();
    const socket = this.socket_;
    this.socket_ = null;
    if (socket) socket.onclose = null;
    socket?.close();
  }

  private connect(): void {
    this.options_.onState("connecting");
    const socket = (this.options_.open ?? ((url) => new WebSocket(url)))(this.options_.url);
    this.socket_ = socket;
    socket.onopen = () => socket.send(JSON.stringify({ token: this.options_.token() ?? "" }));
    socket.onmessage = (message) => this.receive(socket, message.data);
    socket.onclose = (event) => this.closed(socket, event.code);
    this.timer_ = setTimeout(() => this.lost(socket), kReadyWaitMs);
  }

  private receive(socket: WebSocket, data: unknown): void {
    if (socket !== this.socket_ || typeof data !== "string") return;
    const message = parse(data);
    if (!message) return;
    if (message.ready === true) {
      this.clearTimer();
      this.backoff_.reset();
      this.lastSeq_ = typeof message.seq === "number" ? message.seq : 0;
      this.options_.onState("open");
      this.options_.onReady(this.lastSeq_);
    } else if (isFrame(message) && message.seq >= this.lastSeq_) {
      this.lastSeq_ = message.seq;
      this.options_.onFrame(message);
    }
  }

  private closed(socket: WebSocket, code: number): void {
    if (socket === this.socket_ && code === kNotLoggedIn) {
      this.stop();
      this.options_.onRefused();
    } else {
      this.lost(socket);
    }
  }

  private lost(socket: WebSocket): void {
    if (socket !== this.socket_) return;
    this.clearTimer();
    this.socket_ = null;
    socket.onclose = null;
    socket.close();
    if (!this.running_) return;
    this.options_.onState("lost");
    this.timer_ = setTimeout(() => this.connect(), this.backoff_.next());
  }

  private clearTimer(): void {
    if (this.timer_) clearTimeout(this.timer_);
    this.timer_ = null;
  }
}

function parse(text: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}

function isFrame(message: object): message is StreamFrame {
  const frame = message as Partial<StreamFrame>;
  return typeof frame.seq === "number" && typeof frame.id === "string" && kinds.has(frame.kind ?? "");
}

/** ws:// or wss:// beside the page. */
export function streamUrl(location: { protocol: string; host: string }): string {
  return `${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/api/v1/stream`;
}
