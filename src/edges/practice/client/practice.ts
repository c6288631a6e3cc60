/** The practice LMS's page (RULES and DESIGN say nothing of it: it is the newcomer's first look and the tests' LMS). */
import { h, render } from "preact";
import { App } from "./view/App.tsx";

const root = document.getElementById("practice");
if (root !== null) render(h(App, {}), root);
