"""The realtime conversation: the OpenAI Realtime protocol as pure state machines, no await and no I/O."""
