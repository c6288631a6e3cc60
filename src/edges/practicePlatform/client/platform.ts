/** The practice platform's page: a course with links to tools, its gradebook, and what it and the tools said to each other. */
import { h, render } from "preact";
import { App } from "./view/App.tsx";

const root = document.getElementById("platform");
if (root !== null) render(h(App, {}), root);
