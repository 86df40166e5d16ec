import { useState } from "react";

import { calling, marks } from "../alarm/alarm";
import type { Site } from "../api/types";
import { missing } from "../duty/duty";
import { CheatSheet } from "../ui/CheatSheet";
import { Dialog } from "../ui/Dialog";
import { useName, useText, type MessageKey } from "../ui/i18n";
import { nextScale, toggleLanguage, toggleTheme, usePrefs } from "../ui/prefs";
import { soundState, toggleMute, unlockSound } from "../ui/sound";
import { useStore } from "../ui/store";
import { useNow } from "../ui/ticker";
import { elapsed, kstDateTime, kstWeekday } from "../ui/time";
import { useDesk, useSeat } from "./context";

const kCentre = "11000";
type SiteState = "online" | "offline" | "notJoined";

const siteState = (site: Site): SiteState => (!site.joined ? "notJoined" : site.online ? "online" : "offline");
const shapes: Record<SiteState, string> = { online: "●", offline: "△", notJoined: "○" };
const stateKeys: Record<SiteState, MessageKey> = { online: "status.online", offline: "status.offline", notJoined: "status.notJoined" };

interface Props {
  help: boolean;
  onHelp: (open: boolean) => void;
  /** An agency has no alarms to hear and no sites to see. */
  agency?: boolean;
  onLetters?: () => void;
  onDuty?: () => void;
  onAlarms?: () => void;
}

/** The strip on top: link, sites, sound, clock, switches. */
export function StatusStrip({ help, onHelp, agency = false, onLetters, onDuty, onAlarms }: Props) {
  const text = useText();
  const name = useName();
  const { user, logout } = useSeat();
  const { language, theme, scale } = usePrefs();
  return (
    <header className="strip" role="banner" aria-label={text("region.status")}>
      <strong className="brand">
        <img src="/favicon.svg" alt="" width="22" height="22" /> {text("app.name")}
        <span className="dim">{text(agency ? "app.agency" : "app.desk")}</span>
      </strong>
      <Link />
      {!agency && <Sites />}
      {onAlarms && <Calling onOpen={onAlarms} />}
      {onDuty && <OnDuty onOpen={onDuty} />}
      {onLetters && <Letters onOpen={onLetters} />}
      <span className="gap" />
      {!agency && <Sound />}
      <Clock />
      <button type="button" className="quiet" lang={language === "ko" ? "en" : "ko"} aria-label={text("key.language")} onClick={toggleLanguage}>{language === "ko" ? "EN" : "한"}</button>
      <button type="button" className="quiet" aria-label={text("key.theme")} title={text(theme === "dark" ? "theme.light" : "theme.dark")} onClick={toggleTheme}>◐</button>
      <button type="button" className="quiet" aria-label={text("key.scale")} title={text("scale.label", { n: scale })} onClick={nextScale}>{scale}%</button>
      <button type="button" className="quiet" aria-label={text("key.title")} onClick={() => onHelp(true)}>?</button>
      <span className="who">
        <b>{name(user.name, user.id)}</b> <span className="dim">{text(`role.${user.role}`)}</span>
      </span>
      <button type="button" className="quiet" onClick={logout}>{text("logout")}</button>
      {help && <CheatSheet onClose={() => onHelp(false)} />}
    </header>
  );
}

function Link() {
  const text = useText();
  const link = useDesk((state) => state.link);
  const shown: MessageKey = link === "open" ? "status.live" : "status.connecting";
  return (
    <span className={`link ${link}`} data-testid="link" data-state={link}>
      {link === "open" ? "●" : "△"} {text(shown)}
    </span>
  );
}

/** Says that the screen is old, and how old. Nothing on it may be taken for now. */
export function LostBanner() {
  const text = useText();
  const now = useNow();
  const link = useDesk((state) => state.link);
  const linkAt = useDesk((state) => state.linkAt);
  if (link === "open" || now - linkAt < 1500) return null;
  return (
    <p className="banner" role="alert" data-testid="lost-banner">
      △ {text("status.lost", { t: elapsed(now - linkAt) })}
    </p>
  );
}

/** What calls, in words: the caption of its sound. */
function Calling({ onOpen }: { onOpen: () => void }) {
  const text = useText();
  const name = useName();
  const alarms = useDesk((state) => state.alarms);
  const first = calling(alarms)[0];
  const count = calling(alarms).length;
  return (
    <button type="button" className="quiet calling" aria-haspopup="dialog" onClick={onOpen} data-testid="alarms-button">
      {text("alarm.title")}{" "}
      {first ? (
        <span className={first.priority === 1 ? "badge urgent" : "badge warn"} role="status">
          {marks[first.priority]} <span className="caption">{name(first.name ?? undefined, first.rule)}</span>
          {count > 1 && <span className="more"> +{count - 1}</span>}
          <span className="total" aria-hidden>{count}</span>
        </span>
      ) : (
        <span className="dim">{alarms.length}</span>
      )}
    </button>
  );
}

/** The seat, and who is missing: seen from every desk. */
function OnDuty({ onOpen }: { onOpen: () => void }) {
  const text = useText();
  const name = useName();
  const duty = useDesk((state) => state.duty);
  const seat = duty?.seats.find((each) => each.key === duty.me.seat);
  const lacks = duty ? missing(duty) : [];
  return (
    <button type="button" className="quiet on-duty" aria-haspopup="dialog" onClick={onOpen} data-testid="on-duty">
      <span className="sites-label">{text("duty.title")}</span> {seat ? <b>{name(seat.name, seat.key)}</b> : <span className="dim">{text(duty?.me.expected ? "duty.noSeat" : "duty.off")}</span>}
      {duty?.me.breakSince && <span className="badge warn">{text("duty.break")}</span>}
      {lacks.map((need) => <span key={need.role} className="badge warn role">△ {text(`role.${need.role}`)} {need.there}/{need.needed}</span>)}
      {lacks.length > 0 && <span className="badge warn any" aria-hidden>△ {text("duty.short")}</span>}
    </button>
  );
}

/** Refused messages that wait for a person: a door that is there also when nothing waits. */
function Letters({ onOpen }: { onOpen: () => void }) {
  const text = useText();
  const refused = useDesk((state) => state.deadLetters);
  const unsent = useDesk((state) => state.failedDeliveries);
  const waiting = refused === null ? null : refused + unsent;
  return (
    <button type="button" className="quiet letters" aria-haspopup="dialog" onClick={onOpen} data-testid="letters">
      {text("dead.short")} {waiting ? <span className="badge warn">{waiting}</span> : <span className="dim">{waiting ?? "–"}</span>}
    </button>
  );
}

function Sites() {
  const text = useText();
  const name = useName();
  const sites = useDesk((state) => state.sites);
  const [open, setOpen] = useState(false);
  const districts = sites.filter((site) => site.id !== kCentre);
  if (districts.length === 0) return null;
  const count = (wanted: SiteState) => districts.filter((site) => siteState(site) === wanted).length;
  const offline = count("offline");
  return (
    <>
      <button type="button" className="sites quiet" aria-haspopup="dialog" onClick={() => setOpen(true)} data-testid="sites">
        <span className="sites-label">{text("status.sites")}</span>
        {districts.filter((site) => site.joined).map((site) => (
          <span key={site.id} className={`site ${siteState(site)}`}>
            {shapes[siteState(site)]} {name(site.name, site.id)}
          </span>
        ))}
        <span className="sites-few">{text("status.sites")} {count("online")}</span>
        {offline > 0 && <span className="badge warn">{text("status.offlineCount", { n: offline })}</span>}
        <span className="dim">{text("status.notJoinedCount", { n: count("notJoined") })}</span>
      </button>
      {open && (
        <Dialog title={text("status.sites")} onClose={() => setOpen(false)}>
          <ul className="site-list">
            {districts.map((site) => (
              <li key={site.id} className={siteState(site)} data-site={site.id}>
                {shapes[siteState(site)]} {name(site.name, site.id)} <span className="dim">{text(stateKeys[siteState(site)])}</span>
              </li>
            ))}
          </ul>
        </Dialog>
      )}
    </>
  );
}

function Sound() {
  const text = useText();
  const now = useNow();
  const { mutedUntil, blocked } = useStore(soundState, (state) => state);
  if (blocked) {
    return <button type="button" className="warn-button" onClick={() => void unlockSound()}>△ {text("sound.blocked")}</button>;
  }
  const muted = mutedUntil > now;
  return (
    <button type="button" className={muted ? "warn-button" : "quiet"} aria-pressed={muted} aria-label={text(muted ? "sound.unmute" : "sound.mute")} onClick={() => toggleMute()}>
      {muted ? `△ ${text("sound.muted", { t: elapsed(mutedUntil - now) })}` : "♪"}
    </button>
  );
}

function Clock() {
  const text = useText();
  const now = useNow();
  return (
    <time className="clock" dateTime={new Date(now).toISOString()}>
      {kstDateTime(now)} <span className="dim">({text("weekday").split(",")[kstWeekday(now)]}) KST</span>
    </time>
  );
}
