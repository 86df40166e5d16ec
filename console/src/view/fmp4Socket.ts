import { transcodeReason, type BlankReason } from "./tile";

export interface StreamEvents {
  /** A format begins; its init segment is the next of the bytes. */
  onMime: (mime: string) => void;
  onBytes: (bytes: Uint8Array) => void;
  /** Once, and not after leave(). */
  onEnded: (reason: BlankReason) => void;
}

type ServerText =
  | { opened: number; mime: string }
  | { changed: number; mime: string }
  | { closed: { id: number; reason: string } }
  | { error: { id?: number; code: string; message: string } };

/** An unused socket stays for the next tile. */
const kLingerMs = 5_000;
const kIdBytes = 4;
/** A server that takes no connection is as good as none. */
const kConnectWaitMs = 5_000;

/** Many cameras' MP4 streams on one WebSocket (`WS /fmp4`). When it dies every stream ends; the next open() makes another. */
export class Fmp4Socket {
  private socket_: WebSocket | null = null;
  private readonly streams_ = new Map<number, StreamEvents>();
  private lastId_ = 0;
  private linger_: ReturnType<typeof setTimeout> | null = null;
  private connectTimer_: ReturnType<typeof setTimeout> | null = null;

  constructor(private readonly url_: string) {}

  /** Uses the ticket; the answer leaves the stream. */
  open(camera: string, ticket: string, codecs: readonly string[], events: StreamEvents): () => void {
    const id = ++this.lastId_;
    this.streams_.set(id, events);
    if (this.linger_) clearTimeout(this.linger_);
    this.linger_ = null;
    const message = JSON.stringify({ open: { id, camera, ticket, codecs } });
    const socket = this.connection();
    if (socket.readyState === WebSocket.OPEN) socket.send(message);
    else socket.addEventListener("open", () => this.streams_.has(id) && socket.send(message), { once: true });
    return () => this.leave(id, socket);
  }

  private connection(): WebSocket {
    if (this.socket_) return this.socket_;
    const socket = new WebSocket(this.url_);
    socket.binaryType = "arraybuffer";
    socket.onmessage = (event: MessageEvent<string | ArrayBuffer>) => {
      if (typeof event.data === "string") this.hear(event.data);
      else this.take(event.data);
    };
    socket.onopen = () => this.clearConnectTimer();
    socket.onclose = () => this.lose(socket);
    this.connectTimer_ = setTimeout(() => this.lose(socket), kConnectWaitMs);
    this.socket_ = socket;
    return socket;
  }

  private hear(text: string): void {
    const said = JSON.parse(text) as ServerText;
    if ("opened" in said) this.streams_.get(said.opened)?.onMime(said.mime);
    else if ("changed" in said) this.streams_.get(said.changed)?.onMime(said.mime);
    else if ("closed" in said) this.end(said.closed.id, reasonOf(said.closed.reason));
    else if (said.error.id !== undefined) this.end(said.error.id, reasonOfCode(said.error.code));
  }

  private take(data: ArrayBuffer): void {
    const id = new DataView(data).getUint32(0);
    this.streams_.get(id)?.onBytes(new Uint8Array(data, kIdBytes));
  }

  private end(id: number, reason: BlankReason): void {
    const events = this.streams_.get(id);
    this.streams_.delete(id);
    events?.onEnded(reason);
    this.lingerIfUnused();
  }

  private leave(id: number, socket: WebSocket): void {
    if (!this.streams_.delete(id)) return;
    if (socket === this.socket_ && socket.readyState === WebSocket.OPEN) socket.send(JSON.stringify({ close: id }));
    this.lingerIfUnused();
  }

  private lingerIfUnused(): void {
    if (this.streams_.size > 0 || this.linger_ || !this.socket_) return;
    this.linger_ = setTimeout(() => {
      this.linger_ = null;
      if (this.socket_ && this.streams_.size === 0) this.lose(this.socket_);
    }, kLingerMs);
  }

  private lose(socket: WebSocket): void {
    if (socket !== this.socket_) return;
    this.clearConnectTimer();
    this.socket_ = null;
    socket.onclose = null;
    socket.close();
    const ending = [...this.streams_.values()];
    this.streams_.clear();
    for (const events of ending) events.onEnded("blank.lost");
  }

  private clearConnectTimer(): void {
    if (this.connectTimer_) clearTimeout(this.connectTimer_);
    this.connectTimer_ = null;
  }
}

/** What the server's words of an end are on a tile. */
export function reasonOf(words: string): BlankReason {
  if (words.startsWith("grant is revoked")) return "blank.revoked";
  if (words === "grant is over") return "blank.expired";
  if (words === "viewer is too slow") return "blank.slow";
  if (words.startsWith("the camera changed")) return "blank.notServed";
  return "blank.lost";
}

function reasonOfCode(code: string): BlankReason {
  if (code === "unauthenticated") return "blank.noTicket";
  if (code === "codec_unsupported" || code === "not_found") return "blank.notServed";
  const transcode = transcodeReason(code);
  if (transcode) return transcode;
  return code === "unavailable" ? "blank.noPicture" : "blank.lost";
}

const sockets = new Map<string, Fmp4Socket>();

/** The page's one socket to this media server. `url` is that of one camera: ws://host:port/fmp4/{camera}. */
export function sharedSocket(url: string): Fmp4Socket {
  const shared = new URL("/fmp4", url).href;
  let socket = sockets.get(shared);
  if (!socket) sockets.set(shared, (socket = new Fmp4Socket(shared)));
  return socket;
}
