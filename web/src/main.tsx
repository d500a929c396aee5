import { lazy, StrictMode, Suspense } from "react";
import { createRoot } from "react-dom/client";
import { App } from "./ui/App";
import { Talk } from "./realtime/talk";
import "./styles/base.css";
import "./styles/talk.css";

const Desk = lazy(() => import("./desk/Desk"));

const root = createRoot(document.getElementById("root")!);
if (location.pathname.startsWith("/desk")) {
  root.render(
    <StrictMode>
      <Suspense fallback={null}>
        <Desk />
      </Suspense>
    </StrictMode>,
  );
} else {
  // one conversation for each page, made outside of React so that nothing begins it twice
  root.render(<App talk={new Talk()} />);
}

if ("serviceWorker" in navigator && globalThis.isSecureContext && import.meta.env.PROD) {
  void navigator.serviceWorker.register("/sw.js").catch(() => undefined);
}
