// Records a voice note with the browser's own recorder; the sandbox makes Ogg/Opus of it, as the real apps send.
import { Icon } from "./icons.js";
import { html, useEffect, useRef, useState } from "./kit.js";
import { changeChat } from "./store.js";
import { minutesAndSeconds } from "./times.js";

const TYPES = ["audio/ogg;codecs=opus", "audio/webm;codecs=opus", "audio/mp4"];
const ENDINGS = { "audio/ogg": "ogg", "audio/webm": "webm", "audio/mp4": "m4a" };

const REFUSED = {
  NotAllowedError: "The browser keeps the microphone closed. Allow it for this page (the icon beside the address), then try again.",
  NotFoundError: "No microphone was found. Connect one, or attach an audio file instead.",
};
const UNSUPPORTED = "This browser cannot record here. Open the page as http://127.0.0.1:8080/, or attach an audio file instead.";

class Recording {
  /** Raises: what getUserMedia raises, e.g. NotAllowedError. */
  static async start() {
    const stream = await navigator.mediaDevices.getUserMedia({ audio: true });
    return new Recording(stream);
  }

  constructor(stream) {
    const mimeType = TYPES.find((type) => MediaRecorder.isTypeSupported(type));
    this.stream = stream;
    this.chunks = [];
    this.recorder = new MediaRecorder(stream, mimeType ? { mimeType } : undefined);
    this.recorder.ondataavailable = (event) => this.chunks.push(event.data);
    this.recorder.start(250);
  }

  /** The recorded file; the microphone is closed afterwards. */
  async finish() {
    await new Promise((resolve) => {
      this.recorder.onstop = resolve;
      this.recorder.stop();
    });
    this.stream.getTracks().forEach((track) => track.stop());
    const type = this.recorder.mimeType.split(";")[0];
    return new File(this.chunks, `voice.${ENDINGS[type] ?? "webm"}`, { type });
  }
}

function Elapsed() {
  const [seconds, setSeconds] = useState(0);
  useEffect(() => {
    const began = Date.now();
    const timer = setInterval(() => setSeconds((Date.now() - began) / 1000), 200);
    return () => clearInterval(timer);
  }, []);
  return html`<span className="recording-time" role="timer">${minutesAndSeconds(seconds)}</span>`;
}

export function RecordButton({ cast, onRecording, onVoice }) {
  const recording = useRef(null);
  const [on, setOn] = useState(false);
  useEffect(() => () => void recording.current?.finish(), []);

  const show = (value) => {
    setOn(value);
    onRecording(value);
  };
  const start = async () => {
    try {
      if (!navigator.mediaDevices || !window.MediaRecorder) throw new Error(UNSUPPORTED);
      recording.current = await Recording.start();
      show(true);
    } catch (error) {
      changeChat(cast.key, () => ({ error: REFUSED[error.name] ?? (error.message || UNSUPPORTED) }));
    }
  };
  const stop = async (keep) => {
    const file = await recording.current.finish();
    recording.current = null;
    show(false);
    if (keep && file.size) await onVoice(file);
  };
  if (!on) {
    return html`<button type="button" className="round-button" aria-label="Record a voice message" title="Record a voice message" data-testid="record" onClick=${start}>
      <${Icon} name="microphone" /></button>`;
  }
  return html`
    <div className="recording" data-testid="recording">
      <button type="button" className="icon-button" aria-label="Discard recording" title="Discard" data-testid="record-cancel" onClick=${() => stop(false)}><${Icon} name="close" /></button>
      <span className="recording-dot" aria-hidden="true"></span><${Elapsed} /><span className="recording-hint">Recording. Speak now.</span>
      <button type="button" className="round-button" aria-label="Send voice message" title="Send" data-testid="record-send" onClick=${() => stop(true)}><${Icon} name="send" /></button>
    </div>`;
}
