import { onTick } from "../ui/ticker";
import { TilePlayer, type PlayerDeps } from "./player";
import type { BlankReason } from "./tile";

/** The players of one grant. Owns them: `dispose` ends every one. */
export class Board {
  private readonly players_ = new Map<string, TilePlayer>();
  private readonly stopTick_: () => void;

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
    // The spot first: it is what the eyes wait for.
    if (spot && order.includes(spot)) this.player(spot).want("main");
    for (const camera of order) if (camera !== spot) this.player(camera).want("sub");
  }

  endAll(order: readonly string[], reason: BlankReason): void {
    for (const camera of order) this.player(camera);
    this.players_.forEach((player) => player.end(reason));
  }

  dispose(): void {
    this.stopTick_();
    this.players_.forEach((player) => player.end("blank.session"));
    this.players_.clear();
  }
}
