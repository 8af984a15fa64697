// What the page takes from the chat component and from React: the whole surface of the vendored bundle.
import { createElement } from "react";
import htm from "htm";

export { createRoot } from "react-dom/client";
export { memo, useEffect, useLayoutEffect, useMemo, useRef, useState, useSyncExternalStore } from "react";
export {
  AttachmentButton,
  Avatar,
  ChatContainer,
  ConversationHeader,
  InputToolbox,
  Message,
  MessageList,
  MessageSeparator,
  SendButton,
  TypingIndicator,
} from "@chatscope/chat-ui-kit-react";

/** Templates in plain JavaScript: html`<${Component} prop=${value} />`. No build step for our own code. */
export const html = htm.bind(createElement);
