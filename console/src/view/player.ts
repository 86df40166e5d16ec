import { Backoff } from "../api/backoff";
import type { Result } from "../api/result";
import type { Ticket } from "../api/types";
import type { FrameInfo, LiveSession, SessionEvents, Way } from "./session";
import { next, showsPicture, type BlankReason, type Tile, type TileEvent } from "./tile";
import type { Ways } from "./ways";

/** Picture heights asked for: the main stream, or the sub stream. */
export type Size = "main" | "sub";
const kSubHeight = 360;

export interface PlayerDeps {
  ticket: (grant: string, camera: string, height?: number) => Promise<Result<Ticket>>;
  open: (way: Way, url: string, ticket: string, events: SessionEvents) => LiveSession;
  ways: Ways;
  /** A ticket was refused: find out what became of the grant. */
  onRefused: (grant: string) => void;
  /** Monotonic milliseconds. */
  now: () => number;
}

/** Why a picture is asked for a second time, by the other way. */
type Detour = "silent" | "refused";

interface Running {
  session: LiveSession;
  detour: Detour | null;
  grant: string;
  size: Size;
  firstFrameAt: number | null;
}

/** What another way out may be spared: its browser may play more there. */
const kRefusals: ReadonlySet<BlankReason> = new Set(["blank.notServed", "blank.transcodeBusy", "blank.transcodeFailed"]);
/** WebRTC that shows nothing for so long is kept out by something between. */
const kWebRtcWaitMs = 2500;
const kFirstFrameWaitMs = 6000;
const kStableMs = 3000;

/**
 * Keeps one camera on screen, under any of the grants that permit it. Each session takes a new ticket. A change of size or of the grant
 * makes the new picture before it breaks the old one. Media stays out of React: the video element is placed into the host that `mount`
 * gives.
 */
export class TilePlayer {
  private tile_: Tile = { phase: "waiting" };
  private shown_: Running | null = null;
  private coming_: Running | null = null;
  private wanted_: Size = "sub";
  private grants_: readonly string[] = [];
  /** The one under which the newest session was asked for. */
  private grant_ = "";
  private attempt_ = 0;
  private asking_ = false;
  /** Set while the picture is asked for by the second way. */
  private detour_: Detour | null = null;
  private retry_: ReturnType<typeof setTimeout> | null = null;
  private comingTimer_: ReturnType<typeof setTimeout> | null = null;
  private readonly backoff_ = new Backoff(300, 2000);
  private readonly listeners_ = new Set<() => void>();
  private host_: HTMLElement | null = null;
  private frame_: FrameInfo | null = null;
  private frameAt_ = 0;

  constructor(
    readonly camera: string,
    private readonly deps_: PlayerDeps,
  ) {}

  get tile(): Tile {
    return this.tile_;
  }

  /** Milliseconds since the newest frame; null while there is no picture. */
  ageMs(): number | null {
    return showsPicture(this.tile_) ? this.deps_.now() - this.frameAt_ : null;
  }

  /** How the picture on screen comes. */
  way(): Way | null {
    return showsPicture(this.tile_) ? (this.shown_?.session.way ?? null) : null;
  }

  frame(): FrameInfo | null {
    return showsPicture(this.tile_) ? this.frame_ : null;
  }

  subscribe = (listener: () => void): (() => void) => {
    this.listeners_.add(listener);
    return () => this.listeners_.delete(listener);
  };

  mount(host: HTMLElement | null): void {
    this.host_ = host;
    if (host && this.shown_) host.replaceChildren(this.shown_.session.video);
  }

  /**
   * The living grants that permit this camera, the preferred one first; at least one. A picture whose grant is not among them moves over
   * to the first. What had ended may be wanted again.
   */
  permit(grants: readonly string[]): void {
    this.grants_ = grants;
    this.step({ kind: "permitted" });
    if (grants.includes(this.grant_)) return;
    this.grant_ = grants[0] ?? "";
    if (this.tile_.phase === "waiting") return;
    this.dropComing();
    this.cancelRetry();
    void this.attempt();
  }

  /** Starts, or changes the size that is wanted. */
  want(size: Size): void {
    const first = this.tile_.phase === "waiting";
    const changed = size !== this.wanted_;
    this.wanted_ = size;
    if (this.tile_.phase === "ended" || (!first && !changed)) return;
    this.dropComing();
    if (this.shown_?.size === size && this.grants_.includes(this.shown_.grant)) return;
    this.cancelRetry();
    void this.attempt();
  }

  /** Blanks at once and until it is permitted anew. A later call may better the reason. */
  end(reason: BlankReason): void {
    if (this.tile_.phase === "ended" && this.tile_.reason === reason) return;
    this.attempt_++;
    this.asking_ = false;
    this.cancelRetry();
    this.dropComing();
    this.dropShown();
    this.step({ kind: "ended", reason });
  }

  /** The process that sent the picture is gone: no waiting until the picture has aged. */
  lost(): void {
    if (this.tile_.phase === "ended" || (!this.shown_ && !this.coming_)) return;
    this.attempt_++;
    this.asking_ = false;
    this.dropComing();
    this.dropShown();
    this.step({ kind: "died", reason: "blank.lost" });
    this.scheduleRetry();
  }

  /** Looks at the age of the picture; call a few times a second. */
  check(): void {
    if (!this.shown_) return;
    const before = this.tile_.phase;
    this.step({ kind: "aged", ageMs: this.deps_.now() - this.frameAt_ });
    if (this.tile_.phase !== "retry" || before === "retry") return;
    this.dropShown();
    this.scheduleRetry();
  }

  private async attempt(detour: Detour | null = null): Promise<void> {
    const attempt = ++this.attempt_;
    this.detour_ = detour;
    const size = this.wanted_;
    const grant = this.grant_;
    this.asking_ = true;
    this.step({ kind: "ask" });
    const answer = await this.deps_.ticket(grant, this.camera, size === "sub" ? kSubHeight : undefined);
    if (attempt !== this.attempt_) return;
    this.asking_ = false;
    if (!answer.ok) {
      if ([403, 404, 409].includes(answer.error.status)) {
        this.turn();
        this.deps_.onRefused(grant);
      }
      return this.failed(answer.error.kind === "not_on_duty" ? "blank.offDuty" : "blank.noTicket");
    }
    const way = (this.detour_ && this.deps_.ways.second()) || this.deps_.ways.first();
    const url = answer.value[way];
    if (!url) return this.failed("blank.notServed");
    this.step({ kind: "ticketed" });
    this.connect(way, url, answer.value.ticket, grant, size);
  }

  private connect(way: Way, url: string, ticket: string, grant: string, size: Size): void {
    const running: Running = { session: null as unknown as LiveSession, detour: this.detour_, grant, size, firstFrameAt: null };
    this.detour_ = null;
    running.session = this.deps_.open(way, url, ticket, {
      onFrame: (frame) => this.onFrame(running, frame),
      onDied: (reason) => this.onDied(running, reason),
    });
    this.coming_ = running;
    const turnsOff = way === "whep" && this.deps_.ways.second() !== null;
    this.comingTimer_ = setTimeout(
      () => {
        if (this.coming_ !== running) return;
        this.dropComing();
        if (turnsOff) this.turnOff("silent");
        else this.failed("blank.noPicture");
      },
      turnsOff ? kWebRtcWaitMs : kFirstFrameWaitMs,
    );
  }

  /** Asks for the picture by the second way, under a new ticket, at once. */
  private turnOff(detour: Detour): void {
    this.cancelRetry();
    void this.attempt(detour);
  }

  private onFrame(running: Running, frame: FrameInfo): void {
    if (running === this.coming_) this.promote(running);
    if (running !== this.shown_) return;
    this.frame_ = frame;
    this.frameAt_ = this.deps_.now();
    this.step({ kind: "frame" });
  }

  private promote(running: Running): void {
    this.clearComingTimer();
    this.coming_ = null;
    this.shown_?.session.close();
    this.shown_ = running;
    running.firstFrameAt = this.deps_.now();
    if (running.detour === "silent") this.deps_.ways.blocked();
    this.host_?.replaceChildren(running.session.video);
  }

  private onDied(running: Running, reason: BlankReason): void {
    if (running === this.coming_) {
      this.dropComing();
      // A camera without a picture has none by another way either.
      if (running.session?.way === "whep" && reason !== "blank.noPicture" && this.deps_.ways.second()) {
        return this.turnOff(kRefusals.has(reason) ? "refused" : "silent");
      }
      this.failed(reason);
    } else if (running === this.shown_) {
      if (this.grants_.some((grant) => grant !== running.grant)) return this.moveOver(running);
      this.dropShown();
      this.step({ kind: "died", reason });
      this.scheduleRetry();
    } else {
      running.session.close();
    }
  }

  /** The server may cut a picture before we hear that its grant has ended. While another one permits the camera, the last frame bridges. */
  private moveOver(from: Running): void {
    if (this.grant_ === from.grant) this.turn();
    if (this.coming_ || this.asking_) return;
    if (!this.isStable(from)) return this.scheduleRetry();
    this.cancelRetry();
    void this.attempt();
  }

  /** The next attempt is made under the next grant, if there is another one. */
  private turn(): void {
    this.grant_ = this.grants_[(this.grants_.indexOf(this.grant_) + 1) % this.grants_.length] ?? this.grant_;
  }

  /** An attempt came to nothing; a picture that runs is left alone. */
  private failed(reason: BlankReason): void {
    if (!this.shown_) this.step({ kind: "died", reason });
    this.scheduleRetry();
  }

  private scheduleRetry(): void {
    if (this.retry_ || this.coming_ || this.asking_ || this.tile_.phase === "ended") return;
    this.retry_ = setTimeout(() => {
      this.retry_ = null;
      void this.attempt();
    }, this.backoff_.next());
  }

  private cancelRetry(): void {
    if (this.retry_) clearTimeout(this.retry_);
    this.retry_ = null;
  }

  private dropShown(): void {
    const shown = this.shown_;
    this.shown_ = null;
    this.frame_ = null;
    this.host_?.replaceChildren();
    shown?.session.close();
    if (shown && this.isStable(shown)) this.backoff_.reset();
  }

  private isStable(running: Running): boolean {
    return running.firstFrameAt !== null && this.deps_.now() - running.firstFrameAt >= kStableMs;
  }

  private dropComing(): void {
    this.clearComingTimer();
    this.coming_?.session.close();
    this.coming_ = null;
  }

  private clearComingTimer(): void {
    if (this.comingTimer_) clearTimeout(this.comingTimer_);
    this.comingTimer_ = null;
  }

  private step(event: TileEvent): void {
    const after = next(this.tile_, event);
    if (after === this.tile_) return;
    this.tile_ = after;
    for (const listener of [...this.listeners_]) listener();
  }
}
