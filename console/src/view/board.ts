import { onTick } from "../ui/ticker";
import { TilePlayer, type PlayerDeps } from "./player";
import type { BlankReason } from "./tile";

/** How long the context tiles wait for the spot at most. */
const kHeadStartMs = 500;

/** The players of one grant. Owns them: `dispose` ends every one. */
export class Board {
  private readonly players_ = new Map<string, TilePlayer>();
  private readonly stopTick_: () => void;
  private headStart_: ReturnType<typeof setTimeout> | null = null;
  private begun_ = false;
  private order_: readonly string[] = [];
  private spot_: string | null = null;

  constructor(
    readonly grant: string,
    private readonly deps_: PlayerDeps,
  ) {
    this.stopTick_ = onTick(() => this.players_.forEach((player) => player.check()));
  }

  player(camera: string): TilePlayer {
    let player = this.players_.get(camera);
    if (!player) {
      player = new TilePlayer(this.grant, camera, this.deps_);
      this.players_.set(camera, player);
    }
    return player;
  }

  /** Plays `order`, the spot in the main stream, the others in the sub stream. A camera that is no longer in it goes dark at once. */
  show(order: readonly string[], spot: string | null): void {
    for (const [camera, player] of this.players_) {
      if (order.includes(camera)) continue;
      player.end("blank.removed");
      this.players_.delete(camera);
    }
    [this.order_, this.spot_] = [order, spot];
    if (!spot || !order.includes(spot)) return this.showContext();
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
    for (const camera of this.order_) if (camera !== this.spot_) this.player(camera).want("sub");
  }

  private dropHeadStart(): void {
    if (this.headStart_) clearTimeout(this.headStart_);
    this.headStart_ = null;
  }

  /** The media process went away and took every picture along. */
  lost(): void {
    this.players_.forEach((player) => player.lost());
  }

  endAll(order: readonly string[], reason: BlankReason): void {
    this.dropHeadStart();
    for (const camera of order) this.player(camera);
    this.players_.forEach((player) => player.end(reason));
  }

  dispose(): void {
    this.stopTick_();
    this.dropHeadStart();
    this.players_.forEach((player) => player.end("blank.session"));
    this.players_.clear();
  }
}
