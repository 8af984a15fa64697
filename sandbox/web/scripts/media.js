// Files in a message: photos and videos shown in place, voice played in place, anything else to download.
import { fileUrl } from "./api.js";
import { Icon } from "./icons.js";
import { html, useEffect, useRef, useState } from "./kit.js";
import { fileSize, minutesAndSeconds } from "./times.js";

const Photo = ({ file, onGrow }) => html`
  <a className="photo" href=${fileUrl(file.id)} target="_blank" rel="noopener" aria-label=${`Open photo ${file.name ?? ""}`}>
    <img src=${fileUrl(file.id)} alt=${file.name || "Photo"} onLoad=${onGrow} data-testid="photo" />
  </a>`;

const Video = ({ file, onGrow }) => html`
  <video className="photo" src=${fileUrl(file.id)} controls preload="metadata" onLoadedMetadata=${onGrow} aria-label=${file.name || "Video"} data-testid="video"></video>`;

const Document = ({ file }) => html`
  <a className="document" href=${fileUrl(file.id)} download=${file.name ?? ""} data-testid="document">
    <span className="document-icon"><${Icon} name="file" size=${22} /></span>
    <span className="document-name"><b title=${file.name}>${file.name || "File"}</b><small>${[fileSize(file.size), kindOf(file)].filter(Boolean).join(" · ")}</small></span>
  </a>`;

function kindOf(file) {
  const ending = file.name?.includes(".") ? file.name.split(".").pop() : file.mime?.split("/").pop();
  return ending && ending.length <= 5 ? ending.toUpperCase() : "";
}

/** Position and state of an <audio>; its own duration wins over the announced one once it is known. */
function usePlayer(announced) {
  const audio = useRef(null);
  const [state, setState] = useState({ playing: false, at: 0, length: announced || 0 });
  useEffect(() => {
    const player = audio.current;
    const update = () =>
      setState({
        playing: !player.paused && !player.ended,
        at: player.currentTime,
        length: Number.isFinite(player.duration) ? player.duration : announced || 0,
      });
    const names = ["play", "pause", "ended", "timeupdate", "durationchange"];
    for (const name of names) player.addEventListener(name, update);
    return () => names.forEach((name) => player.removeEventListener(name, update));
  }, [announced]);
  return [audio, state];
}

function Voice({ file }) {
  const [audio, { playing, at, length }] = usePlayer(file.duration);
  const [failed, setFailed] = useState(false);
  const toggle = () => (playing ? audio.current.pause() : audio.current.play().catch(() => setFailed(true)));
  const seek = (event) => {
    audio.current.currentTime = Number(event.target.value);
  };
  return html`
    <div className="voice" data-testid="voice">
      <button type="button" className="voice-button" aria-label=${playing ? "Pause" : "Play voice message"} data-testid="voice-play" onClick=${toggle}>
        <${Icon} name=${playing ? "pause" : "play"} size=${18} /></button>
      <input type="range" min="0" max=${length || 1} step="0.05" value=${Math.min(at, length || 1)} onInput=${seek} onChange=${() => {}}
        aria-label="Position" style=${{ "--played": `${length ? (at / length) * 100 : 0}%` }} />
      <span className="voice-time">${minutesAndSeconds(playing || at > 0 ? at : length)}</span>
      <audio ref=${audio} src=${fileUrl(file.id)} preload="metadata" onError=${() => setFailed(true)}></audio>
      ${failed && html`<a className="voice-failed" href=${fileUrl(file.id)} download=${file.name ?? ""}>Save instead</a>`}
    </div>`;
}

const mapUrl = ({ latitude, longitude }) => `https://www.openstreetmap.org/?mlat=${latitude}&mlon=${longitude}#map=15/${latitude}/${longitude}`;

export const Place = ({ location }) => html`
  <a className="document" href=${mapUrl(location)} target="_blank" rel="noopener noreferrer" data-testid="location">
    <span className="document-icon"><${Icon} name="pin" size=${22} /></span>
    <span className="document-name"><b>${location.name || location.title || "Location"}</b>
      <small>${location.address || `${Number(location.latitude).toFixed(4)}, ${Number(location.longitude).toFixed(4)}`}</small></span>
  </a>`;

/** Telegram's contact, or WhatsApp's with its nested name and phones. */
export function ContactCard({ contact }) {
  const name = contact.name?.formatted_name ?? contact.name ?? [contact.first_name, contact.last_name].filter(Boolean).join(" ");
  return html`
    <div className="document" data-testid="contact">
      <span className="document-icon"><${Icon} name="person" size=${22} /></span>
      <span className="document-name"><b>${name || "Contact"}</b><small>${contact.phone_number ?? contact.phones?.[0]?.phone ?? ""}</small></span>
    </div>`;
}

const VIEWS = { photo: Photo, video: Video, voice: Voice, audio: Voice };

export const Attachment = ({ file, onGrow }) => html`<${VIEWS[file.kind] ?? Document} file=${file} onGrow=${onGrow} />`;
