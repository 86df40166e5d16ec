import { useMemo } from "react";

import type { Ahead, Incident } from "../api/types";
import { usePersonName } from "../duty/people";
import { foundType } from "../duty/finding";
import { FindingNote } from "../duty/FindingNote";
import { HoldLine } from "../hold/HoldLine";
import { ActDialog } from "../incident/ActDialog";
import { AheadNote } from "../incident/AheadNote";
import { ChosenCameras } from "../incident/ChosenCameras";
import { HandOverDialog } from "../incident/HandOverDialog";
import { heirsOf, isOpen, type CardAct, type HandAct } from "../incident/incident";
import { IncidentCard } from "../incident/IncidentCard";
import { InHand } from "../incident/InHand";
import { MergeDialog } from "../incident/MergeDialog";
import { Procedure } from "../incident/Procedure";
import { Reports } from "../incident/Reports";
import { SkipDialog } from "../incident/SkipDialog";
import { Timeline, type Words } from "../incident/Timeline";
import type { Work } from "../incident/useProcedure";
import { useCaseService } from "../service/service";
import { ServiceLine } from "../service/ServiceLine";
import { useName } from "../ui/i18n";
import { useDesk, useSeat } from "./context";
import type { useActs } from "./useActs";
import type { useVideo } from "./useVideo";

interface Props {
  incident: Incident;
  offered: readonly CardAct[];
  handActs: readonly HandAct[];
  acts: ReturnType<typeof useActs>;
  work: Work;
  video: ReturnType<typeof useVideo>;
  ahead: Ahead | null;
  onReplay: () => void;
}

/** Everything about the open incident beside its map and its pictures. */
export function IncidentSide({ incident, offered, handActs, acts, work, video, ahead, onReplay }: Props) {
  const name = useName();
  const { api, user, model } = useSeat();
  const sites = useDesk((state) => state.sites);
  const changed = useDesk((state) => state.cameras);
  const duty = useDesk((state) => state.duty);
  const aheadMs = useDesk((state) => state.serverAheadMs);
  const seats = duty?.seats ?? [];
  const words = useWords(incident.id, work);
  const service = useCaseService(api, incident);
  const siteName = name(sites.find((site) => site.id === incident.site)?.name, incident.site);
  return (
    <>
      <IncidentCard
        incident={incident} siteName={siteName} acts={offered} handActs={handActs} busy={acts.busy} problem={acts.problem} onAct={acts.start} onOther={(id) => model.select(id)} onReplay={onReplay}
        inHand={<InHand incident={incident} seats={duty?.seats ?? null} user={user} />}
        procedure={<Procedure key={incident.id} work={work} seats={seats} aheadMs={aheadMs} />}
      >
        <Reports key={incident.id} api={api} incident={incident} seats={seats} role={user.role} busy={acts.busy} change={acts.done} onSplit={acts.split} />
        <ServiceLine known={service} />
        <HoldLine api={api} incident={incident} />
        {incident.type === foundType && <FindingNote key={incident.id} api={api} incident={incident.id} open={isOpen(incident)} seats={seats} />}
        {ahead && <AheadNote ahead={ahead} order={video.order} aheadMs={aheadMs} onSpot={video.pick} />}
        <ChosenCameras cameras={video.chosen} changed={changed} order={video.order} spot={video.spot} onSpot={video.pick} />
        <Timeline api={api} incident={incident} change={acts.done} words={words} />
      </IncidentCard>
      {acts.dialog === "hand_over" && <HandOverDialog heirs={heirsOf(incident, user.id, seats)} busy={acts.busy} onSubmit={(act) => void acts.run(act)} onClose={acts.closeDialog} />}
      {acts.dialog === "merge" && <MergeDialog api={api} incident={incident} seats={seats} busy={acts.busy} onSubmit={(input) => void acts.merge(input)} onClose={acts.closeDialog} />}
      {acts.dialog && acts.dialog !== "hand_over" && acts.dialog !== "merge" && <ActDialog act={acts.dialog} busy={acts.busy} results={service?.results ?? []} onSubmit={(act) => void acts.run(act)} onClose={acts.closeDialog} />}
      {work.open === "skip" && work.current && <SkipDialog step={work.current} busy={work.busy} onSkip={(reason) => work.take({ skip: true, reason })} onClose={work.close} />}
    </>
  );
}

/** The record's codes in the user's language. */
function useWords(here: string, work: Work): Words {
  const name = useName();
  const grants = useDesk((state) => state.grants);
  const duty = useDesk((state) => state.duty);
  const personOf = usePersonName(duty?.seats ?? []);
  const purposes = useMemo(() => new Map([...grants.values()].map((grant) => [grant.purpose, grant.purposeName])), [grants]);
  return {
    here,
    purposeOf: (code) => name(purposes.get(code), code),
    personOf,
    stepOf: (key) => name(work.procedure?.steps.find((step) => step.key === key)?.text, key),
  };
}
