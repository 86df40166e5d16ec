// @vitest-environment jsdom
import { act, cleanup, fireEvent, render, screen } from "@testing-library/react";
import { useState } from "react";
import { afterEach, expect, test } from "vitest";

import { useKeptFocus } from "./focus";

afterEach(cleanup);

function Page() {
  useKeptFocus();
  const [gone, setGone] = useState(false);
  const [busy, setBusy] = useState(false);
  return (
    <>
      <ul data-focus-place tabIndex={0} aria-label="queue" />
      <article data-focus-place tabIndex={-1} aria-label="card">
        {!gone && <button onClick={() => setGone(true)}>receive</button>}
        <button disabled={busy} onClick={() => setBusy(true)}>ask</button>
      </article>
      <p onClick={() => setBusy(false)}>answer</p>
    </>
  );
}

const frames = () => act(() => new Promise<void>((done) => setTimeout(done, 60)));
const at = () => document.activeElement?.getAttribute("aria-label") ?? document.activeElement?.textContent;
const press = async (name: string) => {
  const button = screen.getByText(name);
  act(() => button.focus());
  fireEvent.click(button);
  await frames();
};

test("what is gone leaves the focus to its place", async () => {
  render(<Page />);
  await press("receive");
  expect(at()).toBe("card");
});

test("what rests while the server is asked has it again", async () => {
  render(<Page />);
  await press("ask");
  act(() => (document.activeElement as HTMLElement).blur());  // Browsers do so by themselves.
  fireEvent.click(screen.getByText("answer"));
  await frames();
  expect(at()).toBe("ask");
});

test("who clicks beside everything wants no focus", async () => {
  render(<Page />);
  act(() => screen.getByText("ask").focus());
  fireEvent.pointerDown(document.body);
  act(() => (document.activeElement as HTMLElement).blur());
  act(() => void document.body.append(document.createElement("i")));
  await frames();
  expect(document.activeElement).toBe(document.body);
});
