import { lazy, StrictMode, Suspense } from "react";
import { createRoot } from "react-dom/client";
import { App } from "./ui/App";
import { pageIsOld } from "./realtime/page-version";
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

// a part of the page that is loaded late is gone when the server has another page meanwhile; the conversation is kept
window.addEventListener("vite:preloadError", () => {
  void pageIsOld().then((old) => old && location.reload());
});

if ("serviceWorker" in navigator && globalThis.isSecureContext && import.meta.env.PROD) {
  void navigator.serviceWorker.register("/sw.js").catch(() => undefined);
}
