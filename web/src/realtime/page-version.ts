/** Whether the server has another page by now than the one that runs here: its script has another name then. */
export async function pageIsOld(): Promise<boolean> {
  const running = document.querySelector<HTMLScriptElement>("script[type=module][src]")?.getAttribute("src");
  if (running == null) return false;
  try {
    const answer = await fetch("/", { cache: "no-store" });
    return answer.ok && !(await answer.text()).includes(running);
  } catch {
    return false;
  }
}
