import { titled } from "../format";
import { texts } from "../texts";

/** An agent as customers know it; agents that a branch adds are called by their own name. */
export function agentName(agent: string): string {
  return texts.agents[agent] ?? titled(agent);
}
