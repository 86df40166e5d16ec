import "./desk.css";

import { createRoot } from "react-dom/client";

import { SessionKeeper } from "../identity/session";
import { startPrefs } from "../ui/prefs";
import { App } from "./App";

startPrefs();
const root = document.getElementById("root");
if (root) createRoot(root).render(<App keeper={new SessionKeeper()} />);
