import { useEffect, useId, useState } from "react";
import type { Settings } from "../realtime/kept";
import type { Talk, View } from "../realtime/talk";
import { texts } from "../texts";
import { Dialog } from "./Dialog";

export function SettingsDialog({ talk, view, onClose }: { talk: Talk; view: View; onClose: () => void }) {
  const words = texts.settings;
  const { settings } = view;
  const devices = useDevices();
  return (
    <Dialog heading={words.heading} onClose={onClose}>
      <Switch name="sound" hint={words.soundHint} talk={talk} settings={settings} />
      <Switch name="hold" hint={words.holdHint} talk={talk} settings={settings} />
      <Switch name="shared" hint={words.sharedHint} talk={talk} settings={settings} />
      <Device name="microphone" kind="audioinput" devices={devices} talk={talk} settings={settings} />
      {"setSinkId" in AudioContext.prototype && (
        <Device name="loudspeaker" kind="audiooutput" devices={devices} talk={talk} settings={settings} />
      )}
      <div className="dialog-actions">
        <button className="button primary" onClick={onClose}>
          {words.done}
        </button>
      </div>
    </Dialog>
  );
}

interface SwitchProps {
  name: "sound" | "hold" | "shared";
  hint: string;
  talk: Talk;
  settings: Settings;
}

function Switch({ name, hint, talk, settings }: SwitchProps) {
  const id = useId();
  return (
    <div className="setting">
      <div>
        <label htmlFor={id}>{texts.settings[name]}</label>
        <p id={`${id}-hint`} className="fine">
          {hint}
        </p>
      </div>
      <input
        id={id}
        type="checkbox"
        role="switch"
        className="switch"
        checked={settings[name]}
        aria-describedby={`${id}-hint`}
        onChange={(event) => talk.set({ [name]: event.target.checked })}
      />
    </div>
  );
}

interface DeviceProps {
  name: "microphone" | "loudspeaker";
  kind: MediaDeviceKind;
  devices: MediaDeviceInfo[];
  talk: Talk;
  settings: Settings;
}

function Device({ name, kind, devices, talk, settings }: DeviceProps) {
  const id = useId();
  const fitting = devices.filter((device) => device.kind === kind && device.deviceId !== "" && device.deviceId !== "default");
  return (
    <div className="setting">
      <label htmlFor={id}>{texts.settings[name]}</label>
      <select
        id={id}
        value={settings[name] ?? ""}
        onChange={(event) => talk.set({ [name]: event.target.value === "" ? null : event.target.value })}
      >
        <option value="">{texts.settings.usual}</option>
        {fitting.map((device, at) => (
          <option key={device.deviceId} value={device.deviceId}>
            {device.label || texts.settings.unnamed(at + 1)}
          </option>
        ))}
      </select>
    </div>
  );
}

function useDevices(): MediaDeviceInfo[] {
  const [devices, setDevices] = useState<MediaDeviceInfo[]>([]);
  useEffect(() => {
    const media = navigator.mediaDevices;
    if (media === undefined) return;
    const look = () => void media.enumerateDevices().then(setDevices, () => undefined);
    look();
    media.addEventListener("devicechange", look);
    return () => media.removeEventListener("devicechange", look);
  }, []);
  return devices;
}
