import { isMessageKey, type Translate } from "../ui/i18n";

/** "distance:42m" -> "거리 42 m". A code that this page does not know is shown as it came. */
export function reasonText(reason: string, text: Translate): string {
  const colon = reason.indexOf(":");
  const code = colon < 0 ? reason : reason.slice(0, colon);
  const value = colon < 0 ? "" : reason.slice(colon + 1);
  const key = `reason.${code}`;
  if (!isMessageKey(key)) return reason;
  return text(key, { v: withUnit(value) }).trim();
}

function withUnit(value: string): string {
  const match = /^(-?\d+(?:\.\d+)?)(m|km|deg)?$/.exec(value);
  if (!match) return value;
  const [, number, unit] = match;
  if (unit === "deg") return `${number}°`;
  return unit ? `${number} ${unit}` : String(number);
}
