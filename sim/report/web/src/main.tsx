// The page: one run, one cursor, several views.

import "uplot/dist/uPlot.min.css";
import "./style.css";
import { render } from "preact";
import { FrameView } from "./frame";
import { Ladder } from "./ladder";
import { Plots } from "./plots";
import { type Run, readRun, safe } from "./run";
import { Axis, cursor, followUrl, ladder, view } from "./state";
import { Tables } from "./tables";
import { Timeline } from "./timeline";
import { Topology } from "./topology";
import { Transport, keyboard, play } from "./transport";

const VIEWS = { timeline: Timeline, ladder: Ladder, frame: FrameView, plots: Plots };
type ViewName = keyof typeof VIEWS;

function isView(name: string): name is ViewName {
  return name in VIEWS;
}

function Page({ run, axis }: { run: Run; axis: Axis }) {
  const name: ViewName = isView(view.value) ? view.value : "timeline";
  const View = VIEWS[name];
  const manifest = run.manifest;
  return (
    <>
      <header>
        <h1>{safe(manifest?.title || manifest?.scenario || "A run")}</h1>
        {manifest?.look_for && <details><summary>What to look for</summary><p>{safe(manifest.look_for)}</p></details>}
        {run.missing.map((sentence) => <p key={sentence} class="problem" role="status">{safe(sentence)}</p>)}
        {manifest?.ended?.failures.map((sentence) => <p key={sentence} class="problem" role="status">{safe(sentence)}</p>)}
        <Transport run={run} axis={axis} />
      </header>
      <main>
        <div class="side"><Topology run={run} /><Tables run={run} /></div>
        <div class="views">
          <div class="tabs" role="tablist" aria-label="Views">
            {(Object.keys(VIEWS) as ViewName[]).map((one) => (
              <button
                key={one} type="button" role="tab" id={`tab-${one}`} aria-selected={one === name} aria-controls="panel" tabIndex={one === name ? 0 : -1}
                onClick={() => { view.value = one; }}
                onKeyDown={(event) => {
                  const names = Object.keys(VIEWS);
                  const step = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : 0;
                  if (step === 0) return;
                  view.value = names[(names.indexOf(one) + step + names.length) % names.length] ?? one;
                  document.getElementById(`tab-${view.value}`)?.focus();
                }}
              >{one}</button>
            ))}
          </div>
          <div id="panel" role="tabpanel" aria-labelledby={`tab-${name}`}><View run={run} /></div>
        </div>
      </main>
      <footer>Keys: space plays, n and p go to the next and previous event, comma and full stop a bit time, Home and End.</footer>
    </>
  );
}

async function begin(): Promise<void> {
  const app = document.getElementById("app");
  if (app === null) return;
  const run = await readRun();
  const axis = new Axis(run);
  document.title = `thicknet: ${run.manifest?.title || run.manifest?.scenario || "a run"}`;
  cursor.value = run.events.ps[run.events.weight.indexOf(2)] ?? 0;
  ladder.value = run.ladders.reduce((most, one, at) => (one.arrows.length > (run.ladders[most]?.arrows.length ?? 0) ? at : most), 0);
  followUrl(run);
  keyboard(run, axis);
  play(run, axis);
  app.replaceChildren();
  render(<Page run={run} axis={axis} />, app);
  document.body.dataset.ready = "yes";
}

void begin();
