"""The cloud engine: a realtime model at a provider answers, and the agents' tools, rules and checks stay here."""
