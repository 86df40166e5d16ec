import type { Cover } from "../grant/grant";
import { onTick } from "../ui/ticker";
import { TilePlayer, type PlayerDeps } from "./player";

/** How long the context tiles wait for the spot at most. */
const kHeadStartMs = 500;

/** The players of one incident, under all the grants that permit something of it. Owns them: `dispose` ends every one. */
export class Board {
  private readonly players_ = new Map<string, TilePlayer>();
  private readonly stopTick_: () => void;
  private headStart_: ReturnType<typeof setTimeout> | null = null;
  private begun_ = false;
  private playing_: readonly string[] = [];
  private spot_: string | null = null;

  constructor(private readonly deps_: PlayerDeps) {
    this.stopTick_ = onTick(() => this.players_.forEach((player) => player.check()));
  }

  player(camera: string): TilePlayer {
    let player = this.players_.get(camera);
    if (!player) {
      player = new TilePlayer(camera, this.deps_);
      this.players_.set(camera, player);
    }
    return player;
  }

  /**
   * Plays what `cover` permits of `order`, the spot in the main stream, the others in the sub stream; the rest of it is dark with the
   * reason. A camera that is no longer in it goes dark at once.
   */
  show(order: readonly string[], spot: string | null, cover: Cover): void {
    for (const [camera, player] of this.players_) {
      if (order.includes(camera)) continue;
      player.end("blank.removed");
      this.players_.delete(camera);
    }
    for (const camera of order) {
      const grants = cover.living.get(camera);
      if (grants) this.player(camera).permit(grants.map((grant) => grant.id));
      else this.player(camera).end(cover.dark.get(camera) ?? "blank.removed");
    }
    this.playing_ = order.filter((camera) => cover.living.has(camera));
    this.spot_ = spot;
    if (this.playing_.length === 0) return this.dropHeadStart();
    if (!spot || !this.playing_.includes(spot)) return this.showContext();
    // The spot first: it is what the eyes wait for. The others begin with its first picture, or when it takes too long.
    const player = this.player(spot);
    player.want("main");
    if (this.begun_) return this.showContext();
    if (this.headStart_) return;
    this.headStart_ = setTimeout(() => this.showContext(), kHeadStartMs);
    const stop = player.subscribe(() => {
      if (player.tile.phase === "asking" || player.tile.phase === "connecting") return;
      stop();
      if (player.tile.phase !== "ended") this.showContext();
    });
  }

  private showContext(): void {
    this.begun_ = true;
    this.dropHeadStart();
    for (const camera of this.playing_) if (camera !== this.spot_) this.player(camera).want("sub");
  }

  private dropHeadStart(): void {
    if (this.headStart_) clearTimeout(this.headStart_);
    this.headStart_ = null;
  }

  /** The media process went away and took every picture along. */
  lost(): void {
    this.players_.forEach((player) => player.lost());
  }

  dispose(): void {
    this.stopTick_();
    this.dropHeadStart();
    this.players_.forEach((player) => player.end("blank.session"));
    this.players_.clear();
  }
}
