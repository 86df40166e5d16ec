// @vitest-environment jsdom
import { cleanup, render, screen } from "@testing-library/react";
import { afterEach, expect, test } from "vitest";

import { IncidentCard } from "../incident/IncidentCard";
import { incident } from "../test/samples";
import { ko } from "../ui/ko";
import { PracticeMark } from "./PracticeMark";

afterEach(cleanup);

test("what is practised is said above and below, once to who hears it", () => {
  render(<><PracticeMark practice="drill" /><PracticeMark practice="drill" foot /></>);
  expect(screen.getByRole("status").textContent).toBe(ko["practice.drill"]);
  expect(screen.getByTestId("practice-foot").getAttribute("aria-hidden")).toBe("true");
  expect(screen.getByTestId("practice-foot").textContent).toBe(ko["practice.drill"]);
});

test("the card says which of both it is and what that means; of a real one it says neither", () => {
  const card = (sender: string, test: boolean) => <IncidentCard incident={incident({ sender, test })} acts={[]} busy={false} problem={null} onAct={() => undefined} />;
  const { rerender } = render(card("B1100000000:drill", true));
  expect(screen.getByTestId("test-mark").textContent).toBe(ko["incident.drill"]);
  expect(screen.getByText(ko["incident.drillNote"])).toBeTruthy();
  rerender(card("P1100000000", true));
  expect(screen.getByTestId("test-mark").textContent).toBe(ko["incident.test"]);
  expect(screen.getByText(ko["incident.testNote"])).toBeTruthy();
  rerender(card("B1100000000:drill", false));
  expect(screen.queryByTestId("test-mark")).toBeNull();
});
