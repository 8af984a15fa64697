// The one place that knows where the vendored chat component lives and which version it is.
export * from "../vendor/chatscope-chat-ui-kit-react-2.1.1/chat-ui-kit.js";
