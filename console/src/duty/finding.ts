import type { Finding } from "../api/types";
import type { MessageKey } from "../ui/i18n";

export const agencyKey = (agency: Finding["agency"]): MessageKey => (agency === "none" ? "agency.noneProposed" : `agency.${agency}`);

/** The type of incidents that were found on a screen. */
export const foundType = "BSFND001";
