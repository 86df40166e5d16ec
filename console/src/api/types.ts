import type { components } from "./schema";

type Schemas = components["schemas"];

export type User = Schemas["User"];
export type Role = Schemas["Role"];
export type Session = Schemas["Session"];
export type Site = Schemas["Site"];
export type Camera = Schemas["Camera"];
export type CameraState = Schemas["CameraState"];
export type ChosenCamera = Schemas["ChosenCamera"];
export type Incident = Schemas["Incident"];
export type Ahead = Schemas["Ahead"];
export type IncidentState = Schemas["IncidentState"];
export type TimelineEntry = Schemas["TimelineEntry"];
export type Report = Schemas["Report"];
export type NearIncident = Schemas["NearIncident"];
export type MergeInput = Schemas["MergeInput"];
export type Act = Schemas["Act"];
export type ActName = Schemas["ActName"];
export type Outcome = Schemas["Outcome"];
export type Grant = Schemas["Grant"];
export type Ticket = Schemas["Ticket"];
export type Delivery = Schemas["Delivery"];
export type DeadLetter = Schemas["DeadLetter"];
export type BulkRelease = Schemas["BulkRelease"];
export type BulkReleaseInput = Schemas["BulkReleaseInput"];
export type Names = Schemas["Names"];
export type Alarm = Schemas["Alarm"];
export type Duty = Schemas["Duty"];
export type DutyPart = Schemas["DutyPart"];
export type Shift = Schemas["Shift"];
export type ShiftPersons = Schemas["ShiftPersons"];
export type Crew = Schemas["Crew"];
export type CrewInput = Schemas["CrewInput"];
export type Person = Schemas["Person"];
export type Watch = Schemas["Watch"];
export type OwnWatch = Schemas["OwnWatch"];
export type OwnSet = NonNullable<OwnWatch["set"]>;
export type LitInput = Schemas["LitInput"];
export type LitHour = Schemas["LitHour"];
export type LitCamera = Schemas["LitCamera"];
export type Results = Schemas["Results"];
export type ShiftResult = Schemas["ShiftResult"];
export type ShiftLog = Schemas["ShiftLog"];
export type Brief = Schemas["Brief"];
export type Shortcoming = Schemas["Shortcoming"];
export type Finding = Schemas["Finding"];
export type FindingInput = Schemas["FindingInput"];
export type FindingKind = Schemas["FindingKind"];
export type Procedure = Schemas["Procedure"];
export type ProcedureStep = Schemas["ProcedureStep"];
export type Told = Schemas["Told"];
export type StepInput = Schemas["StepInput"];
export type Service = Schemas["Service"];
export type ServiceFigures = Schemas["ServiceFigures"];
export type ServiceTimes = Schemas["ServiceTimes"];
export type ServiceResult = Schemas["ServiceResult"];
export type CaseService = Schemas["CaseService"];
export type Hold = Schemas["Hold"];
export type Drill = Schemas["Drill"];
export type DrillInput = Schemas["DrillInput"];
export type Ptz = Schemas["Ptz"];
export type PtzLease = Schemas["PtzLease"];
export type PtzLeaseInput = Schemas["PtzLeaseInput"];
export type PtzMoveInput = Schemas["PtzMoveInput"];
export type PtzPresets = Schemas["PtzPresets"];
export type PtzNotice = Schemas["PtzNotice"];

/** [longitude, latitude], WGS84 degrees. */
export type LonLat = readonly [number, number];

/** The contract says two numbers; a tuple is easier to hold. Null for anything else. */
export function lonLat(position: readonly number[] | null | undefined): LonLat | null {
  const [lon, lat] = position ?? [];
  return Number.isFinite(lon) && Number.isFinite(lat) ? [lon as number, lat as number] : null;
}
