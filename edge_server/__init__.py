"""The edge server: command line, settings, channels, the realtime conversation, engines and speech."""
